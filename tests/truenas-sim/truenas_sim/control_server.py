# SPDX-License-Identifier: BSD-2-Clause
"""The control endpoint: one JSON request a line over a unix socket."""
from __future__ import annotations

import asyncio
import copy
import json
import os
from typing import TYPE_CHECKING, Any, Awaitable, Callable

from . import invariants
from .faults import matches

if TYPE_CHECKING:
    from .nas import Nas

LINE_LIMIT = 64 << 20
Command = Callable[["Control", dict], Awaitable[Any]]
COMMANDS: dict[str, Command] = {}


def command(body: Command) -> Command:
    """Offers the decorated function under its own name."""
    COMMANDS[body.__name__] = body
    return body


class Control:
    """Answers {"cmd": ...} lines with {"ok": ...} or {"error": text}."""

    def __init__(self, nas: "Nas") -> None:
        self.nas = nas
        self.saved: dict[str, Any] = {}
        self.dumps: dict[str, dict] = {}

    async def listen(self, path: str) -> asyncio.Server:
        """Opens the endpoint; a stale socket file is replaced."""
        if os.path.exists(path):
            os.unlink(path)
        return await asyncio.start_unix_server(self._client, path,
                                               limit=LINE_LIMIT)

    async def _client(self, reader: asyncio.StreamReader,
                      writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await self._answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # the test went away
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict:
        try:
            request = json.loads(line)
            body = COMMANDS.get(request.get("cmd"))
            if body is None:
                return {"error": f"command '{request.get('cmd')}' is "
                                 "unknown, known are: "
                                 f"{', '.join(sorted(COMMANDS))}"}
            return {"ok": await body(self, request)}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return {"error": f"{type(error).__name__}: {error}"}


def _globs(request: dict) -> list[str]:
    given = request.get("methods", request.get("method", []))
    return [given] if isinstance(given, str) else list(given)


@command
async def calls(control: Control, request: dict) -> list:
    """The record: `methods` globs, `results`, `since` a seq."""
    globs, since = _globs(request), request.get("since", 0)
    return [call.to_json(request.get("results", True))
            for call in control.nas.record.calls
            if call.seq > since and matches(globs, call.method)]


@command
async def clear_calls(control: Control, request: dict) -> None:
    control.nas.record.clear()


@command
async def dump(control: Control, request: dict) -> dict:
    """The state as canonical JSON; `name` keeps it for `diff`."""
    found = await control.nas.dump(request.get("volatile", False))
    if "name" in request:
        control.dumps[request["name"]] = copy.deepcopy(found)
    return found


@command
async def diff(control: Control, request: dict) -> list:
    """Differences from dump `a` to dump `b` (or to the state now)."""
    before = control.dumps[request["a"]]
    after = (control.dumps[request["b"]] if "b" in request
             else await control.nas.dump(False))
    return list(_differences("", before, after))


def _differences(path: str, a: Any, b: Any) -> Any:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            where = f"{path}/{key}"
            if key not in a:
                yield {"path": where, "added": b[key]}
            elif key not in b:
                yield {"path": where, "removed": a[key]}
            else:
                yield from _differences(where, a[key], b[key])
    elif a != b:
        yield {"path": path, "before": a, "after": b}


@command
async def save(control: Control, request: dict) -> None:
    """Keeps the whole state under `name` (default: "default")."""
    nas = control.nas
    control.saved[request.get("name", "default")] = (
        nas.db.save(), await nas.backing.save(), set(nas.failing))


@command
async def restore(control: Control, request: dict) -> None:
    """Goes back to a saved state; the saved copy stays."""
    nas = control.nas
    db, backing, failing = control.saved[request.get("name", "default")]
    nas.db = db.save()
    nas.failing = set(failing)
    await nas.backing.restore(backing)


@command
async def fault(control: Control, request: dict) -> str:
    """Sets a fault; its id is the answer."""
    spec = {k: v for k, v in request.items() if k != "cmd"}
    return control.nas.faults.add(spec).ident


@command
async def faults(control: Control, request: dict) -> list:
    """All faults with what they saw and hit."""
    return [f.to_json() for f in control.nas.faults.active.values()]


@command
async def faults_clear(control: Control, request: dict) -> None:
    """No fault is left, and no postponed call will be executed."""
    control.nas.faults.clear()
    control.nas.dispatcher.forget_late()


@command
async def release(control: Control, request: dict) -> int:
    """Executes all postponed calls now; answers how many."""
    return await control.nas.dispatcher.release_late()


@command
async def late(control: Control, request: dict) -> int:
    """How many postponed calls wait for `release` or another call."""
    return control.nas.dispatcher.late_count()


@command
async def restart(control: Control, request: dict) -> None:
    """The middleware restarts: `pause_ms`, `gateway` (502), `reboot`."""
    control.nas.restart(request.get("pause_ms", 0),
                        request.get("gateway", False),
                        request.get("reboot", False))


@command
async def drop(control: Control, request: dict) -> int:
    """Breaks every connection (or `connection`); answers how many."""
    chosen = [c for c in control.nas.connections.values()
              if request.get("connection") in (None, c.ident)]
    for connection in chosen:
        connection.socket.abort()
    return len(chosen)


@command
async def expire_session(control: Control, request: dict) -> int:
    """Ends all logins: the next call of each is answered with 207."""
    chosen = [c for c in control.nas.connections.values() if c.user]
    for connection in chosen:
        connection.user = None
    return len(chosen)


@command
async def service_stop(control: Control, request: dict) -> None:
    """Stops a service behind the API's back; `failing` keeps it down."""
    nas, name = control.nas, request["service"]
    if request.get("failing"):
        nas.failing.add(name)
    if request.get("stop", True):
        await nas.backing.service_set(name, False)


@command
async def service_start(control: Control, request: dict) -> None:
    """Starts a service, which then no longer fails."""
    nas, name = control.nas, request["service"]
    nas.failing.discard(name)
    await nas.backing.service_set(name, True)
    await nas.apply(name)


@command
async def session_add(control: Control, request: dict) -> None:
    """A pretended session: `iscsi` {target (IQN), initiator} or `nvmet`
    {subnqn, hostnqn, port_id}."""
    backing = control.nas.backing
    if "iscsi" in request:
        given = request["iscsi"]
        backing.initiators.append({
            "initiator": given["initiator"],
            "initiator_addr": given.get("initiator_addr", "10.0.0.9"),
            "initiator_alias": None, "target": given["target"],
            "target_alias": given["target"].rpartition(":")[2],
            "header_digest": None, "data_digest": None,
            "max_data_segment_length": 262144,
            "max_receive_data_segment_length": 262144,
            "max_xmit_data_segment_length": 262144,
            "max_burst_length": 1048576, "first_burst_length": 262144,
            "immediate_data": True, "iser": False, "offload": False})
    if "nvmet" in request:
        given = request["nvmet"]
        backing.controllers.append({
            "host_traddr": given.get("host_traddr", "10.0.0.9"),
            "hostnqn": given["hostnqn"], "subnqn": given["subnqn"],
            "port_id": given.get("port_id", 1),
            "ctrl": len(backing.controllers) + 1})


@command
async def session_remove(control: Control, request: dict) -> int:
    """Removes the sessions which have all the given values."""
    backing, gone = control.nas.backing, 0
    for kind, name in (("iscsi", "initiators"), ("nvmet", "controllers")):
        if kind not in request:
            continue
        wanted, kept = request[kind], []
        for session in getattr(backing, name):
            if all(session.get(k) == v for k, v in wanted.items()):
                gone += 1
            else:
                kept.append(session)
        setattr(backing, name, kept)
    return gone


@command
async def busy(control: Control, request: dict) -> None:
    """Dataset or snapshot `name` is held open (or not: `on` false)."""
    held = control.nas.backing.zfs.busy
    if request.get("on", True):
        held.add(request["name"])
    else:
        held.discard(request["name"])


@command
async def device_missing(control: Control, request: dict) -> None:
    """The /dev/zvol link of volume `name` is not there (`on` false: is)."""
    unready = control.nas.backing.unready
    if request.get("on", True):
        unready.add(request["name"])
    else:
        unready.discard(request["name"])


@command
async def set_latency(control: Control, request: dict) -> None:
    """`ms` for every call, `factor` of a real system's figures."""
    latency = control.nas.latency
    latency.fixed_ms = request.get("ms", latency.fixed_ms)
    latency.factor = request.get("factor", latency.factor)


@command
async def tune(control: Control, request: dict) -> None:
    """`login_rate` (0: none), `penalty_scale`, `idle_s`, `api_key`,
    `allowed` client addresses (null: all), `copy_ms` of a full copy,
    `trust_loopback` (off: plain lines count as insecure), `device_ms` until
    a new volume has its /dev/zvol link."""
    nas = control.nas
    for key in request:
        if key == "api_key":
            nas.settings.api_key = request[key]
        elif key == "idle_s":
            nas.idle_seconds = request[key]
        elif key == "copy_ms":
            nas.backing.copy_seconds = request[key] / 1000
        elif key == "device_ms":
            nas.backing.device_seconds = request[key] / 1000
        elif key in ("login_rate", "penalty_scale", "allowed",
                     "trust_loopback"):
            setattr(nas, key, request[key])
        elif key != "cmd":
            raise ValueError(f"'{key}' cannot be tuned")


@command
async def stats(control: Control, request: dict) -> dict:
    nas = control.nas
    return {**nas.stats, "open_connections": len(nas.connections),
            "recorded": len(nas.record.calls)}


@command
async def check(control: Control, request: dict) -> list:
    """The violated invariants, computed from the state alone."""
    return await invariants.violations(control.nas)


COMMANDS["invariants"] = COMMANDS.pop("check")


@command
async def shutdown(control: Control, request: dict) -> None:
    control.nas.stopping.set()
