# SPDX-License-Identifier: BSD-2-Clause
"""Whether iSCSI targets have sessions."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nas import Nas


async def in_use(nas: "Nas", targets: list[int]) -> list[str]:
    """The names of those targets somebody is logged in to."""
    # middleware plugins/iscsi_/global_linux.py: <basename>:<name>
    base = nas.db.iscsi_config["basename"]
    open_targets = {s["target"] for s in await nas.backing.iscsi_sessions()}
    if not open_targets:
        return []
    rows = [nas.db.target.get(ident) for ident in targets]
    return [row["name"] for row in rows
            if row is not None and f"{base}:{row['name']}" in open_targets]
