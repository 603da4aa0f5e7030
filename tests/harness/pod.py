# SPDX-License-Identifier: BSD-2-Clause
"""A volume's way to a pod and back, as kubelet and the attacher drive it."""
from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Protocol

from . import client
from .driver import Program

KUBELET = Path("/var/lib/kubelet")


class Place(Protocol):
    """Where an attach happens: two programs that run, and kubelet's folder."""

    controller: Program
    node: Program
    kubelet: Path

    @property
    def node_id(self) -> str: ...


class Attach:
    """One volume at one pod; every step may be repeated."""

    def __init__(self, site: Place, volume: Any, *, raw: bool = False, readonly: bool = False,
                 pod: str = "pod-1", fs_type: str = "") -> None:
        self.site, self.volume, self.raw, self.readonly = site, volume, raw, readonly
        self.can = client.block() if raw else client.mount(fs_type=fs_type)
        digest = hashlib.sha256(volume.volume_id.encode()).hexdigest()
        self.staging = site.kubelet / f"plugins/kubernetes.io/csi/csi.scale.io/{digest}/globalmount"
        self.target = site.kubelet / f"pods/{pod}/volumes/{digest[:16]}/mount"
        self.context: dict[str, str] = {}

    def attach(self) -> "Attach":
        """Publish, stage, publish on the node."""
        self.publish()
        self.stage()
        self.bind()
        return self

    def publish(self) -> None:
        self.context = dict(client.patiently(
            self.site.controller.csi.ControllerPublishVolume, volume_id=self.volume.volume_id, node_id=self.site.node_id,
            volume_capability=self.can, readonly=False,
            volume_context=dict(self.volume.volume_context), timeout=60).publish_context)

    def _request(self) -> dict[str, Any]:
        return {"volume_id": self.volume.volume_id, "publish_context": self.context,
                "staging_target_path": str(self.staging), "volume_capability": self.can,
                "volume_context": dict(self.volume.volume_context), "timeout": 120}

    def stage(self) -> None:
        self.staging.mkdir(parents=True, exist_ok=True)
        self.site.node.csi.NodeStageVolume(**self._request())

    def bind(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.site.node.csi.NodePublishVolume(
            target_path=str(self.target), readonly=self.readonly, **self._request())

    def unbind(self) -> None:
        self.site.node.csi.NodeUnpublishVolume(volume_id=self.volume.volume_id,
                                               target_path=str(self.target), timeout=120)
        assert not os.path.lexists(self.target), f"{self.target} is still there"

    def unstage(self) -> None:
        self.site.node.csi.NodeUnstageVolume(volume_id=self.volume.volume_id,
                                             staging_target_path=str(self.staging), timeout=120)

    def detach(self) -> None:
        """All the way back, each step twice."""
        for _ in range(2):
            self.unbind()
        for _ in range(2):
            self.unstage()
        for _ in range(2):
            client.patiently(
                self.site.controller.csi.ControllerUnpublishVolume, volume_id=self.volume.volume_id, node_id=self.site.node_id, timeout=60)
        for path in (self.staging, self.target.parent, self.target.parents[1],
                     self.target.parents[2]):
            if path.exists():
                path.rmdir()

    def write(self, seed: bytes, size: int = 4 << 20) -> str:
        """Bytes that follow from the seed, synced; their digest."""
        data = hashlib.shake_256(seed).digest(size)
        path = self.target if self.raw else self.target / "data"
        with open(path, "r+b" if self.raw else "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return hashlib.sha256(data).hexdigest()

    def read(self, size: int = 4 << 20) -> str:
        """The digest of what is there."""
        path = self.target if self.raw else self.target / "data"
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(size)).hexdigest()
