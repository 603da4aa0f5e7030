# SPDX-License-Identifier: BSD-2-Clause
"""One interruption, from an empty NAS to an empty NAS, and what it proved."""
from __future__ import annotations

import difflib
import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable

from harness.client import RETRY, Refused
from harness.world import World

from .verbs import Ask, Verb

PATIENCE_S = 20
QUIET_S = 0.06
LATE_MS = 150  # well within the settle time that explore.py configures

WAYS = ("drop-before", "drop-after", "late", "kill-before", "kill-after")
THEN = ("again", "delete")


class Broken(Exception):
    """A promise that did not hold; the text says which."""


@dataclass(frozen=True)
class Point:
    """Call `k` of a verb fails in one `way`; `then` it is asked again or given up."""

    verb: str
    protocol: str
    k: int
    way: str
    then: str

    def __str__(self) -> str:
        return f"{self.verb}/{self.protocol}/{self.k}/{self.way}/{self.then}"

    @staticmethod
    def parse(text: str) -> "Point":
        verb, protocol, k, way, then = text.split("/")
        return Point(verb, protocol, int(k), way, then)


def _late_until(point: Point) -> dict[str, Any]:
    """When a lost call is executed after all: within the settle time.

    A create looks at once, so it is executed after that look.  What removes
    something does not even look before the settle time is over."""
    if point.verb.startswith("Create") and point.then == "again":
        return {"after": {"methods": ["*.query", "!auth.*"], "count": 1}}
    return {"ms": LATE_MS}


def _fault(world: World, point: Point) -> str:
    """Scripts the point's fault; its id."""
    control = world.nas.control
    if point.way in ("drop-before", "drop-after"):
        return control.fault(point.way.replace("-", "_"), k=point.k)
    if point.way == "late":
        return control.fault("late", k=point.k, until=_late_until(point))
    return control.fault("hang", k=point.k, execute=point.way == "kill-after")


def wait_quiet(world: World, least: int = 0) -> list[dict[str, Any]]:
    """The calls so far, once nothing more comes."""
    deadline = time.monotonic() + PATIENCE_S
    calls: list[dict[str, Any]] = []
    since = time.monotonic()
    while time.monotonic() < deadline:
        now = world.nas.control.command("calls", results=False)
        if len(now) != len(calls) or any(_is_under_way(c, now[-1]) for c in now):
            since, calls = time.monotonic(), now
        elif len(calls) >= least and time.monotonic() - since > QUIET_S:
            return calls
        time.sleep(0.01)
    return calls


def _is_under_way(call: dict[str, Any], newest: dict[str, Any]) -> bool:
    """An answer can only come on a connection that still is, and not to a call
    that a fault has struck."""
    return (call["answered"] is None and call["fault"] is None
            and call["connection"] == newest["connection"])


def ask_until_final(world: World, ask: Ask, protocol: str) -> tuple[str, Any]:
    """As the provisioner does: again while the code says it may still happen.
    ("OK", answer) or (code, text)."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return "OK", ask(world.csi, protocol)
        except Refused as refused:
            if refused.code not in RETRY:
                return refused.code, refused.text
            if time.monotonic() > deadline:
                raise Broken(f"does not converge in {PATIENCE_S} s: {refused}") from None
        time.sleep(0.05)


def state(world: World) -> str:
    """The NAS's state without what may differ between two equal runs."""
    return json.dumps(_strip(world.nas.control.command("dump")), sort_keys=True, indent=1)


def _strip(value: Any) -> Any:
    """Ids are given out anew, and hints that hold them may be lost."""
    if isinstance(value, list):
        return [_strip(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _strip(item) for key, item in value.items()
            if key not in ("jobs", "calls") and not key.startswith("truenas-csi:truenas_")
            and key != "truenas-csi:provision_success"}


def _interrupt(world: World, point: Point, ask: Ask) -> tuple[str, Any] | None:
    """Asks once under the fault; what came back, or None when the driver died."""
    fault = _fault(world, point)
    if not point.way.startswith("kill"):
        try:
            return "OK", ask(world.csi, point.protocol)
        except Refused as refused:
            return refused.code, refused.text
    running = _in_background(world, ask, point.protocol)
    deadline = time.monotonic() + PATIENCE_S
    while world.nas.control.fired(fault) == 0 and time.monotonic() < deadline:
        time.sleep(0.002)
    if point.way == "kill-after":
        _wait_executed(world, point.k)
    world.controller.kill()
    running()
    world.controller.start()
    return None


def _in_background(world: World, ask: Ask, protocol: str) -> Callable[[], None]:
    """Asks on a thread, since the answer will never come."""
    csi = world.csi

    def body() -> None:
        try:
            ask(csi, protocol)
        except Exception:  # pylint: disable=broad-except
            pass  # the driver was killed: there is nothing to hear

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    return lambda: thread.join(PATIENCE_S)


def _wait_executed(world: World, k: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        call = next((c for c in world.nas.control.command("calls", results=False)
                     if c["k"] == k), None)
        if call is not None and call["executed"] is not None:
            return
        time.sleep(0.002)


def _judge_answer(point: Point, first: tuple[str, Any] | None, got: tuple[str, Any],
                  wanted: Any) -> None:
    for code, answer in [a for a in (first, got) if a is not None]:
        if code == "OK" and answer != wanted:
            raise Broken(f"another answer than undisturbed:\n{answer}\nnot\n{wanted}")
    if got[0] != "OK":
        raise Broken(f"ends with {got[0]}: {got[1]}")


def tell(world: World, verb: Verb, point: Point, wanted: Any, wanted_state: str,
         empty: str) -> None:
    """Runs one point; Broken when something does not hold."""
    for prepare in verb.prepare:
        prepare(world.csi, point.protocol)
    wait_quiet(world)
    before = state(world)
    world.nas.control.command("clear_calls")
    first = _interrupt(world, point, verb.ask)
    if first is not None and first[0] not in ("OK", *RETRY):
        _same(world, before, f"a final {first[0]} ({first[1]}) left something behind")
    ask = verb.ask if point.then == "again" else verb.give_up
    assert ask is not None
    got = ask_until_final(world, ask, point.protocol)
    world.nas.control.command("faults_clear")
    world.nas.control.command("release")
    if point.then == "again":
        _judge_answer(point, first, got, wanted)
        wait_quiet(world)
        _same(world, wanted_state, "the state differs from the undisturbed run's")
    elif got[0] != "OK":
        raise Broken(f"giving up ends with {got[0]}: {got[1]}")
    else:
        wait_quiet(world)
        _same(world, before, "giving up left something")
    _no_violations(world)
    for clean in verb.clean:
        code, text = ask_until_final(world, clean, point.protocol)
        if code != "OK":
            raise Broken(f"cleaning up ends with {code}: {text}")
    wait_quiet(world)
    _same(world, empty, "something is left over")
    _no_violations(world)


def _same(world: World, wanted: str, what: str) -> None:
    now = state(world)
    if now != wanted:
        lines = difflib.unified_diff(wanted.splitlines(), now.splitlines(), "wanted", "found",
                                     lineterm="", n=1)
        raise Broken(what + ":\n" + "\n".join(list(lines)[:60]))


def _no_violations(world: World) -> None:
    wrong = world.violations()
    if wrong:
        raise Broken(f"invariants of the NAS are violated: {wrong}")
