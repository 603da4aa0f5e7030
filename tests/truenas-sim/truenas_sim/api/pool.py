# SPDX-License-Identifier: BSD-2-Clause
"""pool.*: the imported pools.

Source: middleware plugins/pool_/pool.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..backing.properties import nice
from ..registry import crud

if TYPE_CHECKING:
    from ..nas import Nas


async def _rows(nas: "Nas", filters: list, extra: dict) -> list[dict]:
    rows = []
    for ident, name in enumerate(await nas.backing.pools(), 1):
        guid, size, used, free = await nas.backing.pool_space(name)
        rows.append({
            "id": ident, "name": name, "guid": str(guid),
            "status": "ONLINE", "path": f"/mnt/{name}", "scan": None,
            "expand": None, "is_upgraded": True, "healthy": True,
            "warning": False, "status_code": "OK", "status_detail": None,
            "size": size, "allocated": used, "free": free, "freeing": 0,
            "dedup_table_size": 0, "dedup_table_quota": "auto",
            "fragmentation": "0", "size_str": nice(size),
            "allocated_str": nice(used), "free_str": nice(free),
            "freeing_str": "0B",
            "autotrim": {"value": "off", "rawvalue": "off", "parsed": "off",
                         "source": "DEFAULT"},
            "topology": {"data": [], "log": [], "cache": [], "spare": [],
                         "special": [], "dedup": []},
        })
    return rows


crud("pool", "Pool", _rows)
