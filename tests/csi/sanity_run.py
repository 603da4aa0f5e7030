# SPDX-License-Identifier: BSD-2-Clause
"""One run of csi-sanity and what it says: here and inside the VM."""
from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1 << 30
NODE_CASES = "Node Service"


@dataclass
class Outcome:
    """What became of the suite's cases; skipped: those it left out by itself."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    left_out: int = 0
    log: str = ""


def _yaml(path: Path, values: dict[str, str]) -> Path:
    path.write_text("".join(f'{key}: "{value}"\n' for key, value in values.items()))
    return path


def _read(report: Path, outcome: Outcome) -> None:
    for suite in json.loads(report.read_text()):
        for spec in suite["SpecReports"] or []:
            if spec["LeafNodeType"] != "It":
                continue
            name = " ".join([*(spec["ContainerHierarchyTexts"] or []), spec["LeafNodeText"]])
            if spec["State"] == "passed":
                outcome.passed += 1
            elif spec["State"] == "pending" or (spec["State"] == "skipped"
                                                and spec["NumAttempts"] > 0):
                outcome.skipped.append(name)
            elif spec["State"] == "skipped":
                outcome.left_out += 1
            else:
                message = spec.get("Failure", {}).get("Message", "")
                outcome.failed.append(f"{name}: {message}")


def run(binary: str, directory: Path, *, node: str, controller: str,
        parameters: dict[str, str], access: str, leave_out: str = "",
        focus: str = "", timeout_s: int = 900) -> Outcome:
    """Runs the suite; sockets are paths."""
    report = directory / "report.json"
    argv = [binary, "--ginkgo.no-color", "--ginkgo.json-report", str(report),
            "--csi.endpoint", f"unix://{node}",
            "--csi.controllerendpoint", f"unix://{controller}",
            "--csi.mountdir", str(directory / "mount"),
            "--csi.stagingdir", str(directory / "stage"),
            "--csi.testvolumeaccesstype", access,
            "--csi.testvolumesize", str(GIB), "--csi.testvolumeexpandsize", str(2 * GIB),
            "--csi.testvolumeparameters", str(_yaml(directory / "class.yaml", parameters))]
    if leave_out:
        argv += ["--ginkgo.skip", leave_out]
    if focus:
        argv += ["--ginkgo.focus", focus]
    outcome = Outcome()
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout_s, check=False)
    outcome.log = done.stdout + done.stderr
    if report.exists():
        _read(report, outcome)
    if done.returncode != 0 and not outcome.failed:
        outcome.failed.append(f"csi-sanity ended with {done.returncode}: {outcome.log[-2000:]}")
    return outcome


def unexpected_skips(outcome: Outcome, expected: Path, focus: str = "") -> list[str]:
    """Where the cases it skipped by itself and the committed list differ."""
    wanted = {line.strip() for line in expected.read_text().splitlines()
              if line.strip() and not line.startswith("#") and line.startswith(focus)}
    found = {name for name in outcome.skipped if name.startswith(focus)}
    return ([f"skipped, but not on the list: {name}" for name in sorted(found - wanted)]
            + [f"on the list of skips, but it ran: {name}" for name in sorted(wanted - found)])
