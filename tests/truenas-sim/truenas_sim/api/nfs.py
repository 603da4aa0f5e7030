# SPDX-License-Identifier: BSD-2-Clause
"""nfs.*: the NFS service's settings.

Source: middleware plugins/nfs.py, plugins/nfs_/status.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Invalid
from ..registry import config, method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

config("nfs", lambda nas: nas.db.nfs_config)


@method("nfs.update")
async def update(nas: "Nas", call: "Call", data: dict) -> dict:
    if "protocols" in data and not data["protocols"]:
        raise Invalid("nfs_update.protocols",
                      "Must specify at least one value")
    for address in data.get("bindip", ()):
        if address not in nas.settings.addresses:
            raise Invalid("nfs_update.bindip", "Please provide valid "
                                               "values")
    nas.db.nfs_config = {**nas.db.nfs_config, **data}
    await nas.reload("nfs", "sharing.nfs.update")
    return dict(nas.db.nfs_config)


@method("nfs.bindip_choices")
async def bindip_choices(nas: "Nas", call: "Call") -> dict:
    return {a: a for a in nas.settings.addresses}


@method("nfs.client_count")
async def client_count(nas: "Nas", call: "Call") -> int:
    return 0
