# SPDX-License-Identifier: BSD-2-Clause
"""Lines for a person: what was asked, what came back, what is on the NAS."""
from __future__ import annotations

import os
import sys
from typing import Any

_COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(text: str, code: str) -> str:
    """Colours on a terminal only."""
    return f"\033[{code}m{text}\033[0m" if _COLOUR else text


def bytes_text(count: int) -> str:
    """1073741824 -> "1 GiB"."""
    value, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.4g} {unit}"


def heading(text: str) -> None:
    print(f"\n{paint(text, '1;36')}")


def step(verb: str, asked: str, answered: str, ms: float, calls: int | None) -> None:
    """One RPC; calls: how many it took at the NAS, where that was counted."""
    cost = f"{ms:5.0f} ms"
    if calls is not None:
        cost += f", {calls} NAS call{'' if calls == 1 else 's'}"
    print(f"  {paint(f'{verb:<26}', '1')}{asked}")
    print(f"  {'':<26}{paint('->', '32')} {answered}  {paint(cost, '2')}")


def exists(lines: list[str]) -> None:
    """What then is on the NAS."""
    for number, line in enumerate(lines or ["nothing of ours"]):
        print(f"  {'':<14}{paint('on the NAS' if number == 0 else '', '33'):<12} {line}")


def context_text(context: Any) -> str:
    """A map as "a=b c=d"."""
    return " ".join(f"{key}={value}" for key, value in sorted(context.items()))
