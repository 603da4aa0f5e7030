# SPDX-License-Identifier: BSD-2-Clause
"""service.*: the services behind the shares.

Source: middleware plugins/service.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ESERVICESTARTFAILURE, CallError, MatchNotFound
from ..nas import SERVICES
from ..registry import crud, method

if TYPE_CHECKING:
    from ..jobs import Job
    from ..nas import Nas
    from ..record import Call


async def _rows(nas: "Nas", filters: list, extra: dict) -> list[dict]:
    rows = []
    for ident, name in enumerate(SERVICES, 1):
        running = await nas.backing.service_running(name)
        rows.append({"id": ident, "service": name,
                     "enable": nas.db.enabled[name],
                     "state": ("UNKNOWN" if extra.get("include_state") is
                               False else "RUNNING" if running
                               else "STOPPED"),
                     "pids": [4242 + ident] if running else []})
    return rows


crud("service", "Service", _rows)


def _known(name: str) -> str:
    if name not in SERVICES:
        raise MatchNotFound()
    return name


async def _control(nas: "Nas", verb: str, name: str, silent: bool) -> bool:
    backing = nas.backing
    if verb == "STOP":
        await backing.service_set(name, False)
        return False
    if verb == "RELOAD" and not await backing.service_running(name):
        return False
    async with nas.reload_locks[name]:
        if name in nas.failing:
            await backing.service_set(name, False)
            if not silent:
                raise CallError(f"{name} failed to start",
                                ESERVICESTARTFAILURE)
            return False
        if verb == "RESTART":
            await backing.service_set(name, False)
        await backing.service_set(name, True)
        await nas.apply(name)
    return True


@method("service.control")
async def control(nas: "Nas", call: "Call", verb: str, name: str,
                  options: dict, job: "Job") -> bool:
    return await _control(nas, verb, _known(name),
                          options.get("silent", True))


def _direct(verb: str) -> None:
    """The direct methods, deprecated and still there."""
    @method(f"service.{verb.lower()}")
    async def run(nas: "Nas", call: "Call", name: str,
                  options: dict) -> bool:
        return await _control(nas, verb, _known(name),
                              options.get("silent", True))


for _verb in ("START", "STOP", "RESTART", "RELOAD"):
    _direct(_verb)


@method("service.started")
async def started(nas: "Nas", call: "Call", name: str) -> bool:
    return await nas.backing.service_running(_known(name))


@method("service.started_or_enabled")
async def started_or_enabled(nas: "Nas", call: "Call", name: str) -> bool:
    return (nas.db.enabled[_known(name)]
            or await nas.backing.service_running(name))


@method("service.update")
async def update(nas: "Nas", call: "Call", which: Any, data: dict) -> int:
    if isinstance(which, int):
        if not 1 <= which <= len(SERVICES):
            raise MatchNotFound()
        name = SERVICES[which - 1]
    else:
        name = _known(which)
    nas.db.enabled[name] = data["enable"]
    return SERVICES.index(name) + 1
