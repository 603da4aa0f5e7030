# SPDX-License-Identifier: BSD-2-Clause
"""What is written through one attach is there in the next one, byte for byte."""
from __future__ import annotations

import os
import time
from typing import Any

from harness import client

from . import leftovers
from .pod import KUBELET, Attach
from .site import Site

MIB = 1 << 20
GIB = 1 << 30


def _size(protocol: str) -> int:
    """A share's quota is at least 1 GiB; a disk is formatted faster when small."""
    return GIB if protocol == "nfs" else 320 * MIB


def _create(site: Site, name: str, protocol: str, raw: bool, source: Any = None,
            bytes_: int = 0) -> Any:
    can = client.block() if raw else client.mount()
    return client.patiently(
        site.controller.csi.CreateVolume, name=name, capacity_range=client.size(bytes_ or _size(protocol)),
        volume_capabilities=[can], parameters={"protocol": protocol},
        volume_content_source=source, timeout=60).volume


def _say(text: str, begun: float) -> None:
    print(f"  {text:<58} {time.monotonic() - begun:6.1f} s", flush=True)


def _first_attach(site: Site, volume: Any, raw: bool) -> str:
    pod = Attach(site, volume, raw=raw)
    pod.attach()
    pod.attach()  # every step again: nothing changes
    digest = pod.write(volume.volume_id.encode())
    usage = site.node.csi.NodeGetVolumeStats(volume_id=volume.volume_id,
                                             volume_path=str(pod.target), timeout=60).usage
    assert usage and usage[0].total > 0, "stats say nothing"
    pod.detach()
    return digest


def _read_only(site: Site, volume: Any, raw: bool, digest: str) -> None:
    pod = Attach(site, volume, raw=raw, readonly=True, pod="pod-ro")
    pod.attach()
    assert pod.read() == digest
    try:
        pod.write(b"must not", 4096)
        raise AssertionError("a read-only publish was written to")
    except OSError:
        pass
    assert pod.read() == digest
    pod.detach()


def _expand(site: Site, volume: Any, protocol: str, raw: bool, digest: str) -> None:
    pod = Attach(site, volume, raw=raw)
    pod.attach()
    wanted = _size(protocol) + 256 * MIB
    grown = client.patiently(
        site.controller.csi.ControllerExpandVolume, volume_id=volume.volume_id, capacity_range=client.size(wanted),
        volume_capability=pod.can, timeout=60)
    assert grown.capacity_bytes == wanted
    if grown.node_expansion_required:
        site.node.csi.NodeExpandVolume(
            volume_id=volume.volume_id, volume_path=str(pod.target),
            staging_target_path=str(pod.staging), volume_capability=pod.can,
            capacity_range=client.size(wanted), timeout=120)
    if raw:
        with open(pod.target, "rb") as device:
            assert device.seek(0, os.SEEK_END) == wanted
    else:
        stat = os.statvfs(pod.target)
        assert stat.f_blocks * stat.f_frsize > 0.85 * wanted, "the file system did not grow"
    assert pod.read() == digest
    pod.detach()


def _copies(site: Site, volume: Any, protocol: str, raw: bool, digest: str) -> None:
    """A restore and a clone have the source's bytes, mounted beside it."""
    csi = site.controller.csi
    size = _size(protocol) + 256 * MIB
    snapshot = client.patiently(csi.CreateSnapshot, name="snap",
                                source_volume_id=volume.volume_id, timeout=60).snapshot.snapshot_id
    source = Attach(site, volume, raw=raw).attach()
    source.write(b"after the snapshot")
    for name, content in (("restored", client.from_snapshot(snapshot)),
                          ("cloned", client.from_volume(volume.volume_id))):
        copy = _create(site, f"pvc-{name}", protocol, raw, content, size)
        pod = Attach(site, copy, raw=raw, pod=f"pod-{name}").attach()
        if name == "restored":
            assert pod.read() == digest, "the restore differs from the snapshot"
        else:
            assert pod.read() == source.read(), "the clone differs from its source"
        pod.write(b"the copy's own")
        pod.detach()
        client.patiently(csi.DeleteVolume, volume_id=copy.volume_id, timeout=60)
    source.write(volume.volume_id.encode())
    source.detach()
    client.patiently(csi.DeleteSnapshot, snapshot_id=snapshot, timeout=60)


def run(protocol: str, access: str) -> None:
    """One protocol and access type, from an empty machine to an empty machine."""
    raw = access == "block"
    with Site() as site:
        before = leftovers.left(str(KUBELET))
        begun = time.monotonic()
        volume = _create(site, f"pvc-{protocol}-{access}", protocol, raw)
        _say(f"created {volume.volume_id}", begun)
        digest = _first_attach(site, volume, raw)
        _say("attached, written, detached, each step twice", begun)
        site.restart()
        _say("both programs restarted", begun)
        pod = Attach(site, volume, raw=raw).attach()
        assert pod.read() == digest, "other bytes than were written"
        pod.detach()
        _say("attached again: the same bytes", begun)
        _read_only(site, volume, raw, digest)
        _say("read-only: the same bytes, no writes", begun)
        _expand(site, volume, protocol, raw, digest)
        _say("expanded while in use", begun)
        _copies(site, volume, protocol, raw, digest)
        _say("restored and cloned beside the source", begun)
        client.patiently(site.controller.csi.DeleteVolume, volume_id=volume.volume_id,
                         timeout=60)
        after = leftovers.left(str(KUBELET))
        assert after == before == [], f"left over: {after}"
        _say("deleted; nothing is left in kernel and pool", begun)
