# SPDX-License-Identifier: BSD-2-Clause
"""One simulator for all tests of a module, put back after each test."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from truenas_sim.client import Client  # noqa: E402
from truenas_sim.process import Simulator  # noqa: E402

QUICK = ("--penalty-scale", "0.01", "--login-rate", "0", "--seed-foreign")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A NAS with other people's things on it and no waits."""
    with Simulator(*QUICK) as running:
        running.control.command("save", name="start")
        yield running
        assert running.log() == ""


@pytest.fixture
def nas(simulator: Simulator) -> Iterator[Simulator]:
    """The module's NAS, as it was at the start."""
    simulator.control.command("restore", name="start")
    simulator.control.command("faults_clear")
    simulator.control.command("clear_calls")
    simulator.control.command("set_latency", ms=0, factor=0)
    yield simulator


@pytest.fixture
def api(nas: Simulator) -> Iterator[Client]:
    """A logged-in client of that NAS."""
    with nas.client() as client:
        yield client
