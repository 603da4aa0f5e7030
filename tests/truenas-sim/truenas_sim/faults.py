# SPDX-License-Identifier: BSD-2-Clause
"""Scripted faults: which call they hit and what they do to it."""
from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .record import Call

ACTIONS = ("delay", "refuse", "drop_before", "drop_after", "late", "hang",
           "restart", "expire_session")


def matches(globs: list[str], method: str) -> bool:
    """Whether a method fits; "!glob" excludes, no positive glob means all."""
    positive = [g for g in globs if not g.startswith("!")]
    if any(fnmatchcase(method, g[1:]) for g in globs if g.startswith("!")):
        return False
    return not positive or any(fnmatchcase(method, g) for g in positive)


@dataclass
class Fault:
    """One scripted fault; `count` says how many calls it may hit."""

    ident: str
    action: str
    methods: list[str] = field(default_factory=list)
    # The k-th call since the record was cleared, counted from one.
    k: int | None = None
    # The n-th call that fits `methods` since the fault was set.
    nth: int | None = None
    # A JSON text which the parameters, dumped as JSON, must contain.
    contains: str | None = None
    count: int = 1
    ms: float = 0
    error: dict = field(default_factory=dict)
    execute: bool = True
    until: dict = field(default_factory=dict)
    pause_ms: float = 0
    gateway: bool = False
    seen: int = 0
    fired: list[int] = field(default_factory=list)

    def hits(self, call: Call, text: str) -> bool:
        """Whether this fault strikes the call; counts what it saw."""
        if not matches(self.methods, call.method):
            return False
        if self.contains is not None and self.contains not in text:
            return False
        self.seen += 1
        if self.k is not None and call.number != self.k:
            return False
        if self.nth is not None and self.seen != self.nth:
            return False
        return self.count == 0 or len(self.fired) < self.count

    def to_json(self) -> dict:
        return {"id": self.ident, "action": self.action,
                "methods": self.methods, "k": self.k, "nth": self.nth,
                "seen": self.seen, "fired": self.fired,
                "left": (None if self.count == 0
                         else self.count - len(self.fired))}


class Faults:
    """The faults in force, in the order they were set."""

    def __init__(self) -> None:
        self.active: dict[str, Fault] = {}
        self._next = 1

    def add(self, spec: dict[str, Any]) -> Fault:
        """Takes a fault in; ValueError says what is wrong with it."""
        spec = dict(spec)
        action = spec.pop("action", None)
        if action not in ACTIONS:
            raise ValueError(f"action '{action}' is none of "
                             f"{', '.join(ACTIONS)}")
        ident = str(spec.pop("id", f"fault-{self._next}"))
        self._next += 1
        globs = spec.pop("methods", spec.pop("method", []))
        globs = [globs] if isinstance(globs, str) else list(globs)
        known = set(Fault.__dataclass_fields__) - {"ident", "action",
                                                   "methods", "seen", "fired"}
        unknown = set(spec) - known
        if unknown:
            raise ValueError(f"fault key '{sorted(unknown)[0]}' is unknown, "
                             f"known are: {', '.join(sorted(known))}")
        fault = Fault(ident, action, globs, **spec)
        self.active[ident] = fault
        return fault

    def match(self, call: Call, text: str) -> Fault | None:
        """The first fault that strikes; it is marked as having fired."""
        struck = None
        for fault in self.active.values():
            if fault.hits(call, text) and struck is None:
                struck = fault
        if struck is not None:
            struck.fired.append(call.seq)
            call.fault = struck.ident
        return struck

    def clear(self) -> None:
        self.active.clear()
