# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.global.*: the target's base name, port and sessions.

Source: middleware plugins/iscsi_/iscsi_global.py, global_linux.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import query
from ..registry import config, method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

config("iscsi.global", lambda nas: nas.db.iscsi_config)


@method("iscsi.global.update")
async def update(nas: "Nas", call: "Call", data: dict) -> dict:
    nas.db.iscsi_config = {**nas.db.iscsi_config, **data}
    await nas.reload("iscsitarget", "iscsi.global.update")
    return dict(nas.db.iscsi_config)


@method("iscsi.global.sessions")
async def sessions(nas: "Nas", call: "Call", filters: list,
                   options: dict) -> Any:
    return query.run(await nas.backing.iscsi_sessions(), filters, options)


@method("iscsi.global.client_count")
async def client_count(nas: "Nas", call: "Call") -> int:
    return len({s["initiator"] for s in await nas.backing.iscsi_sessions()})


@method("iscsi.global.alua_enabled")
async def alua_enabled(nas: "Nas", call: "Call") -> bool:
    return False
