# SPDX-License-Identifier: BSD-2-Clause
"""The rig proves itself: what it promises its users, and that each protocol
carries bytes between the node and the NAS on this kernel."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine  # noqa: E402
import rig  # noqa: E402


def test_a_command_gives_its_code_and_all_its_output(tmp_path: Path) -> None:
    with rig.Vm("blank", log=tmp_path / "log") as vm:
        assert vm.run("echo one; echo two >&2; exit 7") == (7, "one\ntwo\n")
        assert vm.run("printf 'no newline'") == (0, "no newline")
        assert vm.run("echo 'a'\\''b' \"$((1+1))\"\n# two lines\necho c") == (
            0,
            "a'b 2\nc\n",
        )
    assert "two\n" in (tmp_path / "log").read_text()


def test_an_overdue_command_is_ended_and_the_vm_lives_on() -> None:
    with rig.Vm("blank") as vm:
        start = time.monotonic()
        assert vm.run("sleep 600", timeout=2)[0] == 124
        assert time.monotonic() - start < 60
        assert vm.run("echo alive") == (0, "alive\n")


def test_a_command_that_must_succeed_raises_with_its_output() -> None:
    with rig.Vm("blank") as vm:
        with pytest.raises(rig.CommandError, match="the reason"):
            vm.check("echo the reason; false")


def test_files_go_in_as_payload_and_come_out_of_out(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    (inside / "data").write_bytes(bytes(range(256)))
    (inside / "tool").write_text("#!/bin/sh\ncat /payload/data /payload/more\n")
    (inside / "tool").chmod(0o755)
    with rig.Vm("blank", {"": inside, "more": inside / "data"}) as vm:
        vm.check("/payload/tool >/out/copy")
        vm.collect(outside)
    assert (outside / "copy").read_bytes() == bytes(range(256)) * 2


def test_a_restored_guest_has_the_hosts_time() -> None:
    with rig.Vm("blank") as vm:
        assert abs(float(vm.check("date +%s")) - time.time()) < 30


def test_the_machine_and_its_disks_are_gone_after_the_block() -> None:
    with rig.Vm("blank") as vm:
        process = vm._process
        vm.check("true")
    assert process is not None and process.returncode is not None
    mine = f"{os.getpid()}."
    runs = machine.cache_dir() / "runs"
    assert not [f for f in runs.iterdir() if f.name.startswith(mine)]


def test_setting_up_the_nas_and_the_node_twice_changes_nothing() -> None:
    looks = "ip -br addr; ip -n nas -br addr; zpool status -g tank; exportfs"
    with rig.Vm("nas") as vm:
        before = vm.check(looks)
        assert "10.77.1.1/24" in before
        vm.check("/rig/nas-up && /rig/node-up")
        assert vm.check(looks) == before


@pytest.mark.parametrize("protocol", ["nfs", "iscsi", "nvme"])
def test_bytes_survive_on_the_real_kernel(protocol: str) -> None:
    with rig.Vm("nas") as vm:
        output = vm.check(f"/rig/prove/{protocol}", timeout=240)
    print(output)
    assert "left" in output.splitlines()[-1]
