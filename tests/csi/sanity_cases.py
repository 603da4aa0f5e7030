# SPDX-License-Identifier: BSD-2-Clause
"""The runs of csi-sanity on this machine, against the simulator."""
from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import driver, sdk
from harness.paths import BACKENDS, ROOT
from harness.world import PROTOCOLS, World

from . import sanity_run
from .sanity_run import Outcome

CASES = ("nfs/mount", "iscsi/mount", "iscsi/block", "nvmeof/mount", "nvmeof/block",
         "loop/mount", "loop/block")
SKIPS = Path(__file__).with_name("sanity-skips.txt")


def _over_network(protocol: str, access: str, binary: str) -> Outcome:
    """Controller and identity; the node's own cases need a storage kernel."""
    with World("--seed-foreign", backends={name: {} for name in PROTOCOLS},
               log={"level": "info"}) as world:
        node = driver.node(world.directory)
        node.start()
        try:
            outcome = sanity_run.run(
                binary, world.directory, node=str(node.socket),
                controller=str(world.controller.socket), parameters={"protocol": protocol},
                access=access, leave_out=sanity_run.NODE_CASES)
            outcome.failed += [str(wrong) for wrong in world.violations()]
            print(f"  {protocol}/{access}: controller {world.controller.memory_kib()['VmRSS']} KiB, "
                  f"node {node.memory_kib()['VmRSS']} KiB")
        finally:
            node.stop()
    return outcome


def _through_loop(access: str, binary: str) -> Outcome:
    """All of it, over files of this machine and real loop devices."""
    with tempfile.TemporaryDirectory(prefix="scale-csi-loop-") as root:
        backends = Path(root) / "backends"
        shutil.copytree(BACKENDS, backends)
        shutil.copy2(sdk.build_loop(Path(root)), backends)
        files = Path(root) / "files"
        loop = {"loop": {"root": str(files)}}
        with World("--files", str(files), backends=loop, backend_dir=backends) as world:
            node = driver.node(world.directory, {"backends": loop}, backend_dir=backends)
            node.start()
            try:
                outcome = sanity_run.run(
                    binary, world.directory, node=str(node.socket),
                    controller=str(world.controller.socket), access=access,
                    # ext4 grows online only with CAP_SYS_RESOURCE, which a sandbox lacks
                    parameters={"protocol": "loop", "filesystem": "xfs"})
                print(f"  loop/{access}: node {node.memory_kib()['VmRSS']} KiB")
            finally:
                node.stop()
    return outcome


def main(names: list[str]) -> int:
    binary = subprocess.run([str(ROOT / "tests/tools/csi-sanity")], capture_output=True,
                            text=True, check=True).stdout.strip()
    passed, failed = 0, 0
    for case in names or CASES:
        protocol, access = case.split("/")
        outcome = (_through_loop(access, binary) if protocol == "loop"
                   else _over_network(protocol, access, binary))
        bad = outcome.failed
        if protocol == "loop":
            bad = bad + sanity_run.unexpected_skips(outcome, SKIPS)
        passed, failed = passed + outcome.passed, failed + len(bad)
        print(f"{case}: {outcome.passed} passed, {len(bad)} not, {len(outcome.skipped)} need what "
              f"we do not advertise, {outcome.left_out} node cases left out", flush=True)
        for text in bad:
            print(f"  FAILED {text}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0
