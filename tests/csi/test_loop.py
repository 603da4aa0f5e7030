# SPDX-License-Identifier: BSD-2-Clause
"""A volume's whole life through backend-loop, built from the installed SDK: the
node's verbs on this machine's own kernel, bytes compared."""
from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterator

import pytest

from harness import driver, sdk
from harness.life import GIB, MIB, Kind, Life
from harness.paths import BACKENDS
from harness.world import World


class Place:
    """A simulator over files, and both programs with backend-loop."""

    def __init__(self, work: Path) -> None:
        backends = work / "backends"
        shutil.copytree(BACKENDS, backends)
        shutil.copy2(sdk.build_loop(work), backends)
        files, self.kubelet = work / "files", work / "kubelet"
        loop = {"loop": {"root": str(files)}}
        self.world = World("--files", str(files), backends=loop, backend_dir=backends)
        self.controller = self.world.controller
        self.node = driver.node(self.world.directory, {"backends": loop},
                                backend_dir=backends)
        self.node.start()

    @property
    def node_id(self) -> str:
        return self.node.csi.NodeGetInfo().node_id

    def restart(self) -> None:
        for program in (self.controller, self.node):
            program.stop()
            program.start()

    def close(self) -> None:
        self.node.stop()
        self.world.close()


@pytest.fixture(scope="module", name="place")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("loop"))
    yield made
    made.close()


def _loop_devices(place: Place) -> list[str]:
    return [path.read_text().strip() for path in
            Path("/sys/block").glob("loop*/loop/backing_file")
            if str(place.kubelet.parent) in path.read_text()]


LOOP = {"protocol": "loop"}
KINDS = [
    # a directory of this machine: its file system shows the machine's size
    Kind("pvc-directory", LOOP, size=GIB, shows=0),
    # ext4 grows online only with CAP_SYS_RESOURCE, which a sandboxed root may lack
    Kind("pvc-xfs", LOOP, fs_type="xfs", size=512 * MIB),
    Kind("pvc-btrfs", LOOP, fs_type="btrfs", size=512 * MIB),
    Kind("pvc-raw", LOOP, raw=True, size=64 * MIB, growth=64 * MIB),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_bytes_survive_and_nothing_is_left(place: Place, kind: Kind) -> None:
    Life(place, kind, place.restart, print).run()
    assert _loop_devices(place) == []
    mounts = Path("/proc/self/mountinfo").read_text()
    assert str(place.kubelet) not in mounts
    assert place.world.managed() == []
