# SPDX-License-Identifier: BSD-2-Clause
"""failover.*: a NAS with one controller.

Source: middleware plugins/failover.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call


@method("failover.licensed")
async def licensed(nas: "Nas", call: "Call") -> bool:
    return False


@method("failover.status")
async def status(nas: "Nas", call: "Call") -> str:
    return "SINGLE"


@method("failover.node")
async def node(nas: "Nas", call: "Call") -> str:
    return "MANUAL"
