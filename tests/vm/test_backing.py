# SPDX-License-Identifier: BSD-2-Clause
"""The simulator's linux backing gives and takes access on a real kernel, and
sees who is there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import rig  # noqa: E402

PAYLOAD = {
    "truenas-sim": HERE.parent / "truenas-sim",
    "backing": HERE / "backing",
}


@pytest.mark.parametrize("protocol", ["iscsi", "nvme"])
def test_access_sessions_and_growth_are_the_kernels(protocol: str) -> None:
    with rig.Vm("nas", PAYLOAD) as vm:
        output = vm.check(
            ". /rig/rig.sh; PYTHONPATH=/payload/truenas-sim "
            f"in_nas python3 /payload/backing/prove.py {protocol}",
            timeout=240,
        )
    print(output)
    assert output.endswith("ok nothing is left\n")
