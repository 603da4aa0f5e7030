# SPDX-License-Identifier: BSD-2-Clause
"""The record of every call the NAS received."""
from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connection import Connection


class Call:
    """One request, from its arrival to its answer; times are monotonic."""

    __slots__ = ("seq", "number", "connection", "request_id", "notification",
                 "method", "params", "received", "started", "executed",
                 "answered", "result", "error", "fault", "late")

    def __init__(self, seq: int, number: int, connection: "Connection | None",
                 method: str, params: list, request_id: Any = None,
                 notification: bool = False) -> None:
        self.seq, self.number = seq, number
        self.connection = connection
        self.method, self.params = method, params
        self.request_id, self.notification = request_id, notification
        self.received = time.monotonic()
        self.started: float | None = None
        self.executed: float | None = None
        self.answered: float | None = None
        self.result: Any = None
        self.error: dict | None = None
        self.fault: str | None = None
        self.late = False

    def to_json(self, results: bool) -> dict:
        """The call for the control endpoint; traces are left out."""
        error = self.error
        if error and "data" in error:
            error = {**error, "data": {k: v for k, v in error["data"].items()
                                       if k != "trace"}}
        return {
            "seq": self.seq,
            "k": self.number,
            "connection": self.connection.ident if self.connection else None,
            "id": self.request_id,
            "method": self.method,
            "params": _hidden(self.method, self.params),
            "received": self.received,
            "started": self.started,
            "executed": self.executed,
            "answered": self.answered,
            "result": self.result if results else None,
            "error": error,
            "fault": self.fault,
            "late": self.late,
        }


def _hidden(method: str, params: list) -> list:
    """The parameters without what a login carries."""
    if method.startswith("auth.login"):
        return ["********"]
    return params


class Record:
    """All calls since the last clearing."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._seq = 0
        self.number = 0

    def add(self, connection: "Connection", method: str, params: list,
            request_id: Any, notification: bool) -> Call:
        """Notes an arrival; `number` counts since the last clearing."""
        self._seq += 1
        self.number += 1
        call = Call(self._seq, self.number, connection, method, params,
                    request_id, notification)
        self.calls.append(call)
        return call

    def clear(self) -> None:
        self.calls = []
        self.number = 0
