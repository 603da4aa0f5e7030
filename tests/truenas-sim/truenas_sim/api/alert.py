# SPDX-License-Identifier: BSD-2-Clause
"""alert.list: nothing is ever wrong with this NAS.

Source: middleware plugins/alert.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call


@method("alert.list")
async def alerts(nas: "Nas", call: "Call") -> list:
    return []
