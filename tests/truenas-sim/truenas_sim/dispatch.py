# SPDX-License-Identifier: BSD-2-Clause
"""The way of one call: faults, login, validation, latency, body, answer."""
from __future__ import annotations

import asyncio
import errno
import json
import random
import time
import traceback
from typing import TYPE_CHECKING, Any

from .errors import (ENOTAUTHENTICATED, CallError, NasError,
                     ValidationErrors)
from .faults import Fault, matches
from .record import Call
from .registry import METHODS, Method

if TYPE_CHECKING:
    from .connection import Connection
    from .nas import Nas

RATE_CALLS, RATE_SECONDS, RATE_KEYS = 20, 60.0, 100


class Dispatcher:
    """Carries calls out."""

    def __init__(self, nas: "Nas") -> None:
        self._nas = nas
        self._rates: dict[tuple[str, str], list[float]] = {}
        # Calls to be executed after their connection is gone.
        self._late: list[tuple[Fault, Call, dict]] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._hung: list[asyncio.Event] = []

    async def serve(self, connection: "Connection", call: Call) -> None:
        """Everything from the call's slot to its answer."""
        call.started = time.monotonic()
        faults = self._nas.faults
        fault = None
        if faults.active:
            fault = faults.match(call, json.dumps(call.params))
        if fault is not None:
            await self._with_fault(fault, connection, call)
            return
        await self.execute(connection, call)
        self._answer(connection, call)

    def _answer(self, connection: "Connection", call: Call) -> None:
        connection.answer(call)
        call.answered = time.monotonic()
        if self._late:
            self._count_down(call)

    # -- faults -------------------------------------------------------------
    async def _with_fault(self, fault: Fault, connection: "Connection",
                          call: Call) -> None:
        action = fault.action
        if action == "delay":
            await asyncio.sleep(fault.ms / 1000)
        elif action == "refuse":
            call.error = _scripted_error(fault, call)
            self._answer(connection, call)
            return
        elif action == "drop_before":
            connection.socket.abort()
            return
        elif action == "drop_after":
            await self.execute(connection, call)
            connection.socket.abort()
            return
        elif action == "late":
            self._postpone(fault, connection, call)
            return
        elif action == "hang":
            if fault.execute:
                await self.execute(connection, call)
            # Referred to from here, for nothing else keeps the task alive.
            never = asyncio.Event()
            self._hung.append(never)
            await never.wait()
        elif action == "restart":
            if fault.execute:
                await self.execute(connection, call)
            self._nas.restart(fault.pause_ms, fault.gateway)
            return
        elif action == "expire_session":
            connection.user = None
        await self.execute(connection, call)
        self._answer(connection, call)

    def _postpone(self, fault: Fault, connection: "Connection",
                  call: Call) -> None:
        # The call keeps the login its connection had when it was sent.
        call.late = True
        connection.socket.abort()
        until = fault.until or {"ms": fault.ms}
        if "ms" in until:
            self._timers.append(asyncio.get_running_loop().call_later(
                until["ms"] / 1000, self._run_late, connection, call))
            return
        wait = dict(until.get("after") or {})
        self._late.append((fault, call, wait))

    def _run_late(self, connection: "Connection", call: Call) -> None:
        self._nas.background(self.execute(connection, call))

    def _count_down(self, answered: Call) -> None:
        for item in list(self._late):
            fault, call, wait = item
            if not wait or answered is call:
                continue
            globs = wait.get("methods", [])
            globs = [globs] if isinstance(globs, str) else globs
            if not matches(globs, answered.method):
                continue
            wait["count"] = wait.get("count", 1) - 1
            if wait["count"] <= 0:
                self._late.remove(item)
                self._run_late(call.connection, call)

    async def release_late(self) -> int:
        """Executes every postponed call now, in the order they came."""
        waiting, self._late = self._late, []
        for _, call, _ in waiting:
            await self.execute(call.connection, call)
        return len(waiting)

    def forget_late(self) -> None:
        """Postponed calls are never executed."""
        for timer in self._timers:
            timer.cancel()
        self._timers, self._late = [], []

    def late_count(self) -> int:
        return len(self._late)

    # -- execution ----------------------------------------------------------
    async def execute(self, connection: "Connection", call: Call) -> None:
        """Runs the method; the outcome is left in the call."""
        method = METHODS[call.method]
        try:
            await self._admit(method, connection, call)
            params = self._nas.schemas.params(call.method).validate(
                call.params)
            call.result = await self._run(method, connection, call, params)
        except NasError as error:
            call.error = error.to_json(call.method, call.params)
        except Exception as error:
            traceback.print_exc()
            call.error = CallError(f"simulator: {error!r}").to_json(
                call.method, call.params)
        call.executed = time.monotonic()

    async def _admit(self, method: Method, connection: "Connection",
                     call: Call) -> None:
        if connection.user is not None:
            return
        if not method.anonymous:
            # middleware main.py:authorize_method_call
            raise CallError("Not authenticated", ENOTAUTHENTICATED)
        if not self._within_rate(method.name, connection.address):
            self._nas.stats["rate_limited"] += 1
            # middleware utils/rate_limit/cache.py
            await asyncio.sleep(random.uniform(1, 10)
                                * self._nas.penalty_scale)
            raise CallError("Rate Limit Exceeded", errno.EBUSY)

    def _within_rate(self, name: str, address: str) -> bool:
        limit = self._nas.login_rate
        if limit <= 0:
            return True
        now, key = time.monotonic(), (name, address)
        if key not in self._rates and len(self._rates) == RATE_KEYS:
            return False
        recent = [t for t in self._rates.get(key, ())
                  if now - t < RATE_SECONDS]
        self._rates[key] = recent
        if len(recent) >= limit:
            return False
        recent.append(now)
        return True

    async def _run(self, method: Method, connection: "Connection",
                   call: Call, params: list) -> Any:
        nas = self._nas
        if nas.schemas.is_job(method.name):
            job = nas.start_job(method, call, params)
            if connection.legacy_jobs:
                return job.ident
            return await nas.jobs.wait(job)
        await nas.latency.before(method.name)
        result = await method.body(nas, call, *params)
        if method.event:
            nas.publish_change(method.event, method.name, params, result)
        return result


def _scripted_error(fault: Fault, call: Call) -> dict:
    """The error a test wrote, completed to the NAS's shape."""
    spec = fault.error
    if "extra" in spec or spec.get("code") == -32602:
        extra = spec.get("extra") or [["", spec.get("reason", "scripted"),
                                       spec.get("errno", 22)]]
        error = ValidationErrors([tuple(e) for e in extra])
        return error.to_json(call.method, call.params)
    made = CallError(spec.get("reason", "scripted refusal"),
                     spec.get("errno", errno.EFAULT)).to_json(call.method,
                                                              call.params)
    made["code"] = spec.get("code", made["code"])
    return made
