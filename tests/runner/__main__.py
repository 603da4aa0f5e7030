# SPDX-License-Identifier: BSD-2-Clause
"""Command line of ./test."""
from __future__ import annotations

import argparse
import difflib
import sys
import time
from pathlib import Path

from . import suites
from .count import Count
from .schedule import Ended, Schedule

ROOT = Path(__file__).resolve().parents[2]
TAIL_LINES = 40


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./test")
    parser.add_argument("suites", nargs="*", metavar="SUITE")
    parser.add_argument("--all", action="store_true", help="the long ones too")
    parser.add_argument("--list", action="store_true", help="name them and stop")
    parser.add_argument("--no-skips", action="store_true",
                        help="a skipped test counts as a failed one")
    args = parser.parse_args()
    known = suites.by_name()
    for name in args.suites:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            parser.error(f"'{name}' is no suite" + (f"; did you mean '{near[0]}'?" if near else ""))
    return args


def _list() -> int:
    for suite in suites.SUITES:
        print(f"{suite.name:<16} {suite.about}{'  (long)' if suite.long else ''}")
    return 0


def _tell(ended: Ended) -> None:
    """One line as a suite ends, and the end of its log when it failed."""
    counted = ended.counted
    what = "ok" if ended.code == 0 else "FAILED"
    numbers = f"{counted.passed} passed" if ended.suite.counts else ""
    if counted.failed:
        numbers += f", {counted.failed} failed"
    if counted.skipped:
        numbers += f", {counted.skipped} skipped"
    if ended.blocked_by:
        numbers = f"not run: {ended.blocked_by} failed"
    print(f"{ended.suite.name:<16} {what:<7} {ended.seconds:6.0f} s  {numbers}", flush=True)
    if ended.code != 0 and not ended.blocked_by:
        lines = ended.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        print("\n".join("    " + line for line in lines))
        print(f"    (all of it: {ended.log.relative_to(ROOT)})", flush=True)


def _close(ended: list[Ended], seconds: float, no_skips: bool) -> int:
    """The shares, the reasons for skips, and the line that counts."""
    total = Count()
    for one in ended:
        total.add(one.counted)
    busy = sum(one.seconds for one in ended) or 1
    shares = sorted(ended, key=lambda one: -one.seconds)
    print(f"\n{seconds / 60:.1f} minutes in all; shares of the suites' time: "
          + ", ".join(f"{one.suite.name} {100 * one.seconds / busy:.0f} %"
                      for one in shares if one.seconds / busy >= 0.01))
    for reason in total.reasons:
        print(f"skipped: {reason}")
    if no_skips and total.skipped:
        print("a skipped test counts as a failed one here")
        total.failed += total.skipped
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 1 if total.failed else 0


def main() -> int:
    args = _arguments()
    if args.list:
        return _list()
    names = args.suites or [s.name for s in suites.SUITES if args.all or not s.long]
    schedule = Schedule(suites.with_needs(names), ROOT / "build/test-logs", _tell)
    begun = time.monotonic()
    try:
        ended = schedule.run()
    except KeyboardInterrupt:
        schedule.stop()
        return 130
    return _close(ended, time.monotonic() - begun, args.no_skips)


if __name__ == "__main__":
    sys.exit(main())
