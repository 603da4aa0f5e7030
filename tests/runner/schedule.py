# SPDX-License-Identifier: BSD-2-Clause
"""Starts suites as cores and what they need allow, and collects their ends."""
from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import count
from .suites import Suite

CORES = 2
LIMIT_S = 60 * 60


@dataclass
class Ended:
    """What became of a suite."""

    suite: Suite
    code: int
    seconds: float
    log: Path
    counted: count.Count
    blocked_by: str = ""


class Schedule:
    """Runs a list of suites; `told` is called as each ends."""

    def __init__(self, suites: list[Suite], logs: Path,
                 told: Callable[[Ended], None]) -> None:
        self.waiting, self.logs, self.told = list(suites), logs, told
        self.ended: dict[str, Ended] = {}
        self._changed = threading.Condition()
        self._free = CORES
        self._lanes: set[str] = set()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> list[Ended]:
        """Until none is left."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with self._changed:
            while self.waiting or self._running:
                if not self._start_next():
                    self._changed.wait()
        return list(self.ended.values())

    def stop(self) -> None:
        """Ends what runs: for Ctrl-C."""
        for process in list(self._running.values()):
            os.killpg(process.pid, signal.SIGTERM)

    def _start_next(self) -> bool:
        """Starts one suite, or ends one whose needs failed; False: wait.

        First come, first served: one that wants the whole machine is not
        overtaken by what comes after it once all it needs is there."""
        names = {suite.name for suite in self.waiting} | set(self._running)
        for suite in self.waiting:
            failed = [n for n in suite.needs if n in self.ended and self.ended[n].code != 0]
            if failed:
                self.waiting.remove(suite)
                self._finish(Ended(suite, 1, 0, self.logs / "none", count.Count(failed=1),
                                   failed[0]))
                return True
            if any(need in names for need in suite.needs):
                continue
            if suite.lane and suite.lane in self._lanes:
                continue
            if suite.weight > self._free:
                if suite.weight < CORES:
                    continue
                return False
            self.waiting.remove(suite)
            self._begin(suite)
            return True
        return False

    def _begin(self, suite: Suite) -> None:
        log = self.logs / f"{suite.name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                suite.command, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                start_new_session=True, env={**os.environ, **suite.environment})
        self._free -= suite.weight
        self._lanes.add(suite.lane)
        self._running[suite.name] = process
        threading.Thread(target=self._wait, args=(suite, process, log, time.monotonic()),
                         daemon=True).start()

    def _wait(self, suite: Suite, process: subprocess.Popen[bytes], log: Path,
              begun: float) -> None:
        try:
            code = process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait() or 1
        text = log.read_text(errors="replace")
        counted = count.read(text, code) if suite.counts or code else count.Count()
        with self._changed:
            del self._running[suite.name]
            self._free += suite.weight
            self._lanes.discard(suite.lane)
            self._finish(Ended(suite, code, time.monotonic() - begun, log, counted))
            self._changed.notify_all()

    def _finish(self, ended: Ended) -> None:
        self.ended[ended.suite.name] = ended
        self.told(ended)
