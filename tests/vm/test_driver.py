# SPDX-License-Identifier: BSD-2-Clause
"""The driver in the VM: each test has a machine of its own, restored for it."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import payload  # noqa: E402
import rig  # noqa: E402

CASES = [("nfs", "mount"), ("iscsi", "mount"), ("iscsi", "block"), ("nvmeof", "mount"),
         ("nvmeof", "block")]


def _run(tmp_path: Path, what: str, *words: str, timeout: float) -> None:
    files = payload.gather(tmp_path, sanity=what.startswith("sanity"))
    with rig.Vm("nas", files, log=tmp_path / "vm.log") as vm:
        code, output = vm.run(payload.command(what, *words), timeout=timeout)
    print(output)
    assert code == 0, output[-12000:]


@pytest.mark.parametrize("protocol,access", CASES)
def test_bytes_outlive_attaches_and_nothing_is_left(tmp_path: Path, protocol: str,
                                                    access: str) -> None:
    _run(tmp_path, "data", protocol, access, timeout=600)


@pytest.mark.parametrize("protocol", ["nfs", "iscsi", "nvmeof"])
def test_trouble_on_the_node_leaves_nothing(tmp_path: Path, protocol: str) -> None:
    _run(tmp_path, "trouble", protocol, timeout=600)


@pytest.mark.parametrize("protocol,access", CASES)
def test_csi_sanity_node_cases_are_green(tmp_path: Path, protocol: str,
                                         access: str) -> None:
    """What the simulator alone cannot show; the rest of the suite runs over it."""
    _run(tmp_path, "sanity-node", protocol, access, timeout=1200)


@pytest.mark.parametrize("protocol,access", CASES)
def test_csi_sanity_is_green(tmp_path: Path, protocol: str, access: str) -> None:
    _run(tmp_path, "sanity", protocol, access, timeout=2400)
