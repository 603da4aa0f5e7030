# SPDX-License-Identifier: BSD-2-Clause
"""The comparison with a real NAS, run against the simulator."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from truenas_sim.client import Client
from truenas_sim.process import Simulator

_HOME = Path(__file__).resolve().parent.parent
SCRATCH = "tank/scratch"


def compare(nas: Simulator, *more: str,
            dataset: str = SCRATCH) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(_HOME / "compare"), nas.url, dataset, "--user", nas.user,
         "--key-file", str(nas.key_file), *more],
        capture_output=True, text=True, timeout=120)


@pytest.fixture
def scratch(api: Client) -> None:
    api.call("pool.dataset.create", {"name": SCRATCH})


def test_the_simulator_agrees_with_its_own_table(nas: Simulator,
                                                 scratch: None) -> None:
    nas.control.command("dump", name="before")
    done = compare(nas)
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(json.loads((_HOME / "compare-cases.json").read_text()))
    assert f"{count} same, 0 different" in done.stdout
    assert nas.control.command("diff", a="before") == []


def test_a_nas_that_differs_is_found_out(nas: Simulator,
                                         scratch: None) -> None:
    nas.control.fault("refuse", method="sharing.nfs.create", count=0,
                      error={"errno": 13, "reason": "not today"})
    done = compare(nas, "--only", "nfs-*")
    assert done.returncode == 1
    assert "differs nfs-path-missing" in done.stdout
    assert "code is -32001, not -32602" in done.stdout


def test_refuses_what_is_no_empty_scratch_dataset(nas: Simulator,
                                                  scratch: None) -> None:
    for dataset, text in (("tank/k8s", "is not empty"), ("tank", "whole"),
                          ("tank/none", "does not exist")):
        done = compare(nas, dataset=dataset)
        assert done.returncode == 2
        assert text in done.stderr


def test_refuses_to_send_a_key_in_the_clear(nas: Simulator) -> None:
    done = subprocess.run(
        [str(_HOME / "compare"), "ws://192.0.2.1/api/current", SCRATCH,
         "--user", "csi", "--key-file", str(nas.key_file)],
        capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "not encrypted" in done.stderr
