# SPDX-License-Identifier: BSD-2-Clause
"""A volume's whole life with bytes in it: written, kept, grown, copied, deleted."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, Callable

from . import client
from .pod import Attach, Place

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Kind:
    """What is made: class parameters, access, sizes."""

    name: str
    parameters: dict[str, str]
    raw: bool = False
    fs_type: str = ""
    size: int = 320 * MIB
    growth: int = 256 * MIB
    # a share of the grown size that the file system must show; 0: it shows another
    shows: float = 0.85

    def capability(self) -> Any:
        return client.block() if self.raw else client.mount(fs_type=self.fs_type)


class Life:
    """One volume of a kind at a place; `restart` runs both programs anew."""

    def __init__(self, site: Place, kind: Kind, restart: Callable[[], None],
                 say: Callable[[str], None]) -> None:
        self.site, self.kind, self.restart, self.say = site, kind, restart, say

    def create(self, name: str, source: Any = None, size: int = 0) -> Any:
        return client.patiently(
            self.site.controller.csi.CreateVolume, name=name,
            capacity_range=client.size(size or self.kind.size),
            volume_capabilities=[self.kind.capability()], parameters=self.kind.parameters,
            volume_content_source=source, timeout=60).volume

    def delete(self, volume: Any) -> None:
        client.patiently(self.site.controller.csi.DeleteVolume, volume_id=volume.volume_id,
                         timeout=60)

    def pod(self, volume: Any, **more: Any) -> Attach:
        return Attach(self.site, volume, raw=self.kind.raw, fs_type=self.kind.fs_type, **more)

    def run(self) -> None:
        """From birth to end; AssertionError when a byte or a promise is broken."""
        begun = time.monotonic()
        volume = self.create(self.kind.name)
        digest = self._write_first(volume)
        self.say("attached, written, detached, each step twice")
        self.restart()
        pod = self.pod(volume).attach()
        assert pod.read() == digest, "other bytes than were written"
        pod.detach()
        self.say("both programs restarted, attached again: the same bytes")
        self._read_only(volume, digest)
        self.say("read-only: the same bytes, no writes")
        self._expand(volume, digest)
        self.say("expanded while in use")
        self._copy(volume, digest)
        self.say("restored and cloned beside the source")
        self.delete(volume)
        self.say(f"deleted after {time.monotonic() - begun:.1f} s")

    def _write_first(self, volume: Any) -> str:
        pod = self.pod(volume)
        pod.attach()
        pod.attach()  # every step again: nothing changes
        digest = pod.write(volume.volume_id.encode())
        usage = self.site.node.csi.NodeGetVolumeStats(
            volume_id=volume.volume_id, volume_path=str(pod.target), timeout=60).usage
        assert usage and usage[0].total > 0, "stats say nothing"
        pod.detach()
        return digest

    def _read_only(self, volume: Any, digest: str) -> None:
        pod = self.pod(volume, readonly=True, pod="pod-ro")
        pod.attach()
        assert pod.read() == digest
        try:
            pod.write(b"must not", 4096)
            raise AssertionError("a read-only publish was written to")
        except OSError:
            pass
        assert pod.read() == digest
        pod.detach()

    def _expand(self, volume: Any, digest: str) -> None:
        pod = self.pod(volume).attach()
        wanted = self.kind.size + self.kind.growth
        grown = client.patiently(
            self.site.controller.csi.ControllerExpandVolume, volume_id=volume.volume_id,
            capacity_range=client.size(wanted), volume_capability=pod.can, timeout=60)
        assert grown.capacity_bytes == wanted
        if grown.node_expansion_required:
            self.site.node.csi.NodeExpandVolume(
                volume_id=volume.volume_id, volume_path=str(pod.target),
                staging_target_path=str(pod.staging), volume_capability=pod.can,
                capacity_range=client.size(wanted), timeout=120)
        if self.kind.raw:
            with open(pod.target, "rb") as device:
                assert device.seek(0, os.SEEK_END) == wanted
        elif self.kind.shows:
            stat = os.statvfs(pod.target)
            assert stat.f_blocks * stat.f_frsize > self.kind.shows * wanted, "it did not grow"
        assert pod.read() == digest
        pod.detach()

    def _copy(self, volume: Any, digest: str) -> None:
        """A restore and a clone have the source's bytes, mounted beside it."""
        csi, size = self.site.controller.csi, self.kind.size + self.kind.growth
        snapshot = client.patiently(
            csi.CreateSnapshot, name=f"snap-{self.kind.name}",
            source_volume_id=volume.volume_id, timeout=60).snapshot.snapshot_id
        source = self.pod(volume).attach()
        source.write(b"after the snapshot")
        for word, content in (("restored", client.from_snapshot(snapshot)),
                              ("cloned", client.from_volume(volume.volume_id))):
            copy = self.create(f"{self.kind.name}-{word}", content, size)
            pod = self.pod(copy, pod=f"pod-{word}").attach()
            wanted = digest if word == "restored" else source.read()
            assert pod.read() == wanted, f"the {word} volume has other bytes"
            pod.write(b"the copy's own")
            pod.detach()
            self.delete(copy)
        source.detach()
        client.patiently(csi.DeleteSnapshot, snapshot_id=snapshot, timeout=60)
