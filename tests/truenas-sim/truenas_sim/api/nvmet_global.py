# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.global.*: base name and live controllers.

Source: middleware plugins/nvmet/global.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import query
from ..errors import Collected
from ..registry import config, method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

config("nvmet.global", lambda nas: nas.db.nvmet_config)


@method("nvmet.global.update")
async def update(nas: "Nas", call: "Call", data: dict) -> dict:
    errors, old = Collected(), nas.db.nvmet_config
    running = await nas.backing.service_running("nvmet")
    if data.get("kernel", old["kernel"]) != old["kernel"] and running:
        errors.add("nvmet_update.kernel", "Cannot change NVMe target "
                   "implementation while the service is running")
    if data.get("ana"):
        errors.add("nvmet_update.ana", "This platform does not support "
                                       "ANA.")
    if data.get("rdma"):
        errors.add("nvmet_update.rdma", "This platform cannot support RDMA.")
    errors.check()
    nas.db.nvmet_config = {**old, **data}
    await nas.reload("nvmet", "nvmet.global.update")
    return dict(nas.db.nvmet_config)


@method("nvmet.global.sessions")
async def sessions(nas: "Nas", call: "Call", filters: list,
                   options: dict) -> Any:
    rows = []
    for session in await nas.backing.nvmet_sessions():
        for subsys in nas.db.subsys.by("subnqn", session["subnqn"]):
            rows.append({"host_traddr": session["host_traddr"],
                         "hostnqn": session["hostnqn"],
                         "subsys_id": subsys["id"],
                         "port_id": session["port_id"],
                         "ctrl": session["ctrl"]})
    return query.run(rows, filters, options)
