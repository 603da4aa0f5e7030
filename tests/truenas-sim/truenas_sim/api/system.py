# SPDX-License-Identifier: BSD-2-Clause
"""system.*: version, state and identity.

Source: middleware plugins/system/*.py [25.10].
"""
from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..registry import method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_BOOTED = time.time()


@method("system.version")
async def version(nas: "Nas", call: "Call") -> str:
    return nas.release.version


@method("system.version_short")
async def version_short(nas: "Nas", call: "Call") -> str:
    return nas.release.version.split("-")[1]


@method("system.ready")
async def ready(nas: "Nas", call: "Call") -> bool:
    return True


@method("system.state")
async def state(nas: "Nas", call: "Call") -> str:
    return "READY"


@method("system.boot_id", anonymous=True)
async def boot_id(nas: "Nas", call: "Call") -> str:
    return nas.boot_id


@method("system.info")
async def info(nas: "Nas", call: "Call") -> dict:
    now = time.time()
    up = now - _BOOTED
    return {
        "version": nas.release.version.split("-", 1)[1],
        "buildtime": {"$date": 1761000000000},
        "hostname": "truenas", "physmem": 16 << 30,
        "model": "simulated", "cores": 4, "physical_cores": 4,
        "loadavg": [0.1, 0.1, 0.1],
        "uptime": time.strftime("%H:%M:%S", time.gmtime(up)),
        "uptime_seconds": up,
        "system_serial": "SIM0000001", "system_product": "simulator",
        "system_product_version": None, "license": None,
        "boottime": {"$date": int(_BOOTED * 1000)},
        "datetime": {"$date": int(now * 1000)},
        "timezone": "UTC", "system_manufacturer": None, "ecc_memory": False,
    }
