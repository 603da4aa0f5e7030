# SPDX-License-Identifier: BSD-2-Clause
"""Many callers at once, who try again the way the provisioner does."""
from __future__ import annotations

import heapq
import queue
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable

from harness.client import Csi

# external-provisioner pkg/controller/controller.go, checkError: every other
# code is final and the volume is forgotten.
RETRIED = ("CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "ABORTED")
# its --retry-interval-start and --retry-interval-max
BACKOFF_S, BACKOFF_MAX_S = 1.0, 300.0


@dataclass
class Outcome:
    """One request with all its tries; times are monotonic seconds."""

    name: str
    begun: float
    ended: float = 0
    codes: list[str] = field(default_factory=list)
    text: str = ""
    reply: Any = None

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


class Load:
    """A fixed number of callers work through a list of names.

    Everything but the replies themselves happens on the thread that calls
    run(), so that the generator takes next to nothing of the machine.
    """

    def __init__(self, csi: Csi, method: str, fields: Callable[[str], dict[str, Any]],
                 callers: int, deadline_s: float) -> None:
        self._csi, self._method, self._fields = csi, method, fields
        self._callers, self._deadline_s = callers, deadline_s
        self._ended: queue.SimpleQueue[tuple[Outcome, Any]] = queue.SimpleQueue()
        self._due: list[tuple[float, int, Outcome]] = []
        self._at: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Has something else done on the way, once, so long after the start."""
        self._at.append((seconds, what))

    def _try(self, outcome: Outcome) -> None:
        call = self._csi.future(self._method, timeout=self._deadline_s,
                                **self._fields(outcome.name))
        call.add_done_callback(lambda done: self._ended.put((outcome, done)))

    def _note(self, outcome: Outcome, call: Any) -> bool:
        """Takes an answer in; whether it was the last one."""
        outcome.ended = time.monotonic()
        code = call.code().name
        outcome.codes.append(code)
        outcome.text = call.details() or ""
        if code == "OK":
            outcome.reply = call.result()
        if code not in RETRIED:
            return True
        pause = min(BACKOFF_S * 2 ** (len(outcome.codes) - 1), BACKOFF_MAX_S)
        heapq.heappush(self._due, (outcome.ended + pause, id(outcome), outcome))
        return False

    def _wait_s(self, begun: float, limit: float) -> float:
        """How long nothing is to be done but to wait for an answer."""
        marks = [limit, *(due for due, _, _ in self._due[:1]),
                 *(begun + seconds for seconds, _ in self._at)]
        return max(0.0, min(marks) - time.monotonic())

    def _do_what_is_due(self, begun: float) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            self._try(heapq.heappop(self._due)[2])
        for mark in [m for m in self._at if begun + m[0] <= now]:
            self._at.remove(mark)
            mark[1]()

    def run(self, names: Iterable[str], limit_s: float) -> list[Outcome]:
        """All of them to their last answer; TimeoutError after @limit_s."""
        waiting, outcomes, open_ = list(names)[::-1], [], 0
        begun = time.monotonic()

        def begin() -> int:
            outcome = Outcome(waiting.pop(), time.monotonic())
            outcomes.append(outcome)
            self._try(outcome)
            return 1

        while waiting and open_ < self._callers:
            open_ += begin()
        while open_:
            try:
                outcome, call = self._ended.get(timeout=self._wait_s(begun, begun + limit_s))
                if self._note(outcome, call):
                    open_ += (begin() if waiting else 0) - 1
            except queue.Empty:
                if time.monotonic() > begun + limit_s:
                    raise TimeoutError(f"{open_} calls are open after {limit_s} s") from None
            self._do_what_is_due(begun)
        return outcomes


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
