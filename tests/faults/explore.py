#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every point of {verb x protocol x call x way x then}, or a seeded sample.

usage: explore.py [--all] [--seed N] [--minutes M] [POINT...]
A point is VERB/PROTOCOL/K/WAY/THEN, as a failing one is printed.
"""
from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import story, verbs  # noqa: E402
from faults.story import THEN, WAYS, Broken, Point  # noqa: E402
from harness.world import PROTOCOLS, World  # noqa: E402

SETTLE = "400ms"


class Explorer:
    """One simulator for all points; a driver for each."""

    def __init__(self, protocols: tuple[str, ...] = PROTOCOLS) -> None:
        self.protocols = protocols
        self.world = World("--seed-foreign", "--login-rate", "0", start=False,
                           backends={name: {} for name in protocols},
                           nas={"settle": SETTLE})
        self.world.nas.control.command("save", name="empty")
        self.empty = story.state(self.world)
        self.undisturbed: dict[tuple[str, str], tuple[int, Any, str]] = {}

    def fresh(self) -> World:
        """An empty NAS and a driver that has waited out its start."""
        control = self.world.nas.control
        control.command("faults_clear")
        self.world.controller.kill()
        control.command("restore", name="empty")
        control.command("clear_calls")
        self.world.controller.start()
        self._wait_settled()
        return self.world

    def _wait_settled(self) -> None:
        """The start's settle time is over when the delete of what never was is OK."""
        code, text = story.ask_until_final(
            self.world, lambda csi, protocol: csi.DeleteVolume(
                volume_id="scale-nfs:tank/k8s/never-was"), "nfs")
        assert code == "OK", text

    def record(self, name: str, protocol: str) -> tuple[int, Any, str]:
        """Calls, answer and state of the undisturbed run."""
        key = (name, protocol)
        if key not in self.undisturbed:
            verb, world = verbs.VERBS[name], self.fresh()
            for prepare in verb.prepare:
                prepare(world.csi, protocol)
            story.wait_quiet(world)
            world.nas.control.command("clear_calls")
            answer = verb.ask(world.csi, protocol)
            calls = len(story.wait_quiet(world))
            self.undisturbed[key] = (calls, answer, story.state(world))
        return self.undisturbed[key]

    def points(self) -> list[Point]:
        """All there are."""
        found = []
        for name, protocol in itertools.product(verbs.VERBS, self.protocols):
            calls, _, _ = self.record(name, protocol)
            then = THEN if verbs.VERBS[name].give_up else THEN[:1]
            found += [Point(name, protocol, k, way, t)
                      for k in range(1, calls + 1) for way in WAYS for t in then]
        return found

    def run(self, point: Point) -> str | None:
        """None, or what was broken."""
        _, answer, state = self.record(point.verb, point.protocol)
        try:
            story.tell(self.fresh(), verbs.VERBS[point.verb], point, answer, state, self.empty)
        except Broken as broken:
            return str(broken)
        return None

    def close(self) -> None:
        self.world.close()


def _choose(args: argparse.Namespace, explorer: Explorer) -> list[Point]:
    if args.points:
        return [Point.parse(text) for text in args.points]
    points = explorer.points()
    print(f"{len(points)} points: " + ", ".join(
        f"{name}/{protocol} {count} calls" for (name, protocol), (count, _, _)
        in explorer.undisturbed.items()), flush=True)
    if not args.all:
        random.Random(args.seed).shuffle(points)
        print(f"seed {args.seed}: as many as fit {args.minutes} minutes", flush=True)
    return points


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--protocol", choices=PROTOCOLS, help="this one alone")
    parser.add_argument("points", nargs="*")
    args = parser.parse_args()
    protocols = (args.protocol,) if args.protocol else PROTOCOLS
    explorer, tried, failed = Explorer(protocols), Counter(), []
    begun = time.monotonic()
    try:
        for point in _choose(args, explorer):
            if not (args.all or args.points) and time.monotonic() - begun > args.minutes * 60:
                break
            broken = explorer.run(point)
            tried[f"{point.verb:<15} {point.protocol:<7} {point.way}"] += 1
            if broken is not None:
                failed.append(point)
                print(f"FAILED {point}\n  {broken}\n  again: tests/faults/explore.py {point}",
                      flush=True)
    finally:
        explorer.close()
    for name, count in sorted(tried.items()):
        print(f"{name:<40} {count} points")
    print(f"{sum(tried.values()) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
