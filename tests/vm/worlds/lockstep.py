# SPDX-License-Identifier: BSD-2-Clause
"""Runs in the guest, as the NAS: one script through both worlds, in step.

Two simulators serve the same API, one over the model, one over this kernel.
Every answer is compared, and from time to time the whole state. Ends with 0
if they agree and with 3 if not, after a line of JSON: how many calls the
worlds surely agree for, and how many it took to see that they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

from calls import Call, Script
from compare import access, differences, outcome, state

from truenas_sim.process import Simulator

ADDRESS = "10.77.1.1"
OPTIONS = ("--portal", ADDRESS, "--nvmet-port", f"{ADDRESS}:4420")
OPTIONS += ("--address", ADDRESS, "--parent", "tank/k8s")


class Difference(Exception):
    """The worlds disagree: lines that say how."""


def pool_size() -> int:
    """What a user of the real pool can have."""
    line = subprocess.run(
        ["zfs", "list", "-Hpo", "used,available", "tank"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sum(int(word) for word in line.split())


def await_devices(dump: dict[str, Any], seconds: float = 20) -> None:
    """udev makes the links of new volumes when it comes to it."""
    deadline = time.monotonic() + seconds
    for name, entry in dump["datasets"].items():
        link = f"/dev/zvol/{name}"
        while entry["type"] == "VOLUME" and not os.path.exists(link):
            if time.monotonic() > deadline:
                raise Difference(f"{link} did not appear")
            time.sleep(0.02)


class Worlds:
    """Both simulators."""

    def __init__(self, model: Simulator, kernel: Simulator) -> None:
        self._model, self._kernel = model, kernel
        self._apis = model.client(timeout=120), kernel.client(timeout=120)

    def look(self) -> dict[str, Any]:
        """The model's state: it is what the next call is chosen from."""
        return self._model.control.command("dump")

    def call(self, method: str, params: list[Any]) -> str:
        """Makes a call in both; what came back, in a word."""
        idents = [api.submit(method, *params) for api in self._apis]
        answers = [
            api.answer(ident)
            for api, ident in zip(self._apis, idents, strict=True)
        ]
        model, kernel = map(outcome, answers)
        found = list(differences(model, kernel, "answer"))
        if found:
            reasons = [
                (answer.get("error", {}).get("data") or {}).get("reason")
                for answer in answers
            ]
            raise Difference(
                "\n".join(found)
                + f"\nreasons: model {reasons[0]!r}, kernel {reasons[1]!r}"
            )
        return "ok" if "result" in model else f"errno {model['errno']}"

    def compare(self) -> None:
        """Compares the whole state, and what the kernel serves."""
        model = self.look()
        kernel = self._kernel.control.command("dump")
        found = list(differences(state(model), state(kernel)))
        found += differences(access(model), kernel["access"], "/access")
        if found:
            raise Difference("\n".join(found))


def run(options: argparse.Namespace, worlds: Worlds) -> int:
    script, done = Script(options.seed), []
    agreed, counts = 0, {"ok": 0, "refused": 0}
    try:
        worlds.compare()
        while len(done) < options.calls:
            dump = worlds.look()
            await_devices(dump)
            call: Call = script.next(dump)
            done.append(call)
            word = worlds.call(*call)
            counts["ok" if word == "ok" else "refused"] += 1
            if options.verbose:
                print(f"{len(done):4d} {word:9s} {render(call)}", flush=True)
            if (
                len(done) % options.every == 0
                or len(done) > options.look_from
                or len(done) == options.calls
            ):
                worlds.compare()
                agreed = len(done)
    except Difference as difference:
        report(options.seed, done, str(difference))
        print(json.dumps({"agreed": agreed, "calls": len(done)}))
        return 3
    print(
        f"{len(done)} calls agree ({counts['ok']} done, "
        f"{counts['refused']} refused)"
    )
    return 0


def render(call: Call) -> str:
    return f"{call[0]} {json.dumps(call[1])[1:-1]}"


def report(seed: int, done: list[Call], difference: str) -> None:
    print(f"seed {seed}: after these calls the worlds differ:")
    for number, call in enumerate(done, 1):
        print(f"{number:4d} {render(call)}")
    print(difference)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--every", type=int, required=True)
    parser.add_argument("--look-from", type=int, default=1 << 30)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def main() -> int:
    options = parse()
    size = f"tank:{pool_size()}"
    with Simulator(*OPTIONS, "--pool", size) as model:
        with Simulator(*OPTIONS, "--backing", "linux", timeout=60) as kernel:
            return run(options, Worlds(model, kernel))


if __name__ == "__main__":
    sys.exit(main())
