# SPDX-License-Identifier: BSD-2-Clause
"""The verbs that are interrupted, and how each can be given up."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from harness.client import GIB, Csi, mount, size

NAME = "pvc-point"
SNAPSHOT = "snap-point"
NODE_ID = "scale1:node-1;addresses=192.0.2.2"


def volume_id(protocol: str) -> str:
    """The id a volume called NAME will have."""
    return f"scale-{protocol}:tank/k8s/{NAME}"


def create(csi: Csi, protocol: str) -> Any:
    return csi.CreateVolume(name=NAME, capacity_range=size(GIB), volume_capabilities=[mount()],
                            parameters={"protocol": protocol}).volume


def delete(csi: Csi, protocol: str) -> Any:
    return csi.DeleteVolume(volume_id=volume_id(protocol))


def snapshot(csi: Csi, protocol: str) -> Any:
    made = csi.CreateSnapshot(name=SNAPSHOT, source_volume_id=volume_id(protocol)).snapshot
    made.ClearField("creation_time")  # the one thing that differs between two runs
    return made


def snapshot_delete(csi: Csi, protocol: str) -> Any:
    return csi.DeleteSnapshot(snapshot_id=f"{volume_id(protocol)}@{SNAPSHOT}")


def publish(csi: Csi, protocol: str) -> Any:
    """What comes back, less the device's identity, which is each volume's own."""
    context = dict(csi.ControllerPublishVolume(
        volume_id=volume_id(protocol), node_id=NODE_ID,
        volume_capability=mount()).publish_context)
    context.pop("wwid", None)
    return context


def unpublish(csi: Csi, protocol: str) -> Any:
    return csi.ControllerUnpublishVolume(volume_id=volume_id(protocol), node_id=NODE_ID)


def expand(csi: Csi, protocol: str) -> Any:
    return csi.ControllerExpandVolume(volume_id=volume_id(protocol),
                                      capacity_range=size(2 * GIB))


Ask = Callable[[Csi, str], Any]


@dataclass(frozen=True)
class Verb:
    """prepare: what must be there before; ask: the verb; give_up: its opposite;
    clean: what makes the NAS empty again, in order."""

    name: str
    prepare: tuple[Ask, ...]
    ask: Ask
    give_up: Ask | None
    clean: tuple[Ask, ...]


VERBS = {verb.name: verb for verb in (
    Verb("CreateVolume", (), create, delete, (delete,)),
    Verb("DeleteVolume", (create,), delete, None, (delete,)),
    Verb("CreateSnapshot", (create,), snapshot, snapshot_delete, (snapshot_delete, delete)),
    Verb("DeleteSnapshot", (create, snapshot), snapshot_delete, None,
         (snapshot_delete, delete)),
    Verb("ControllerPublish", (create,), publish, unpublish, (unpublish, delete)),
    Verb("ControllerUnpublish", (create, publish), unpublish, publish, (unpublish, delete)),
    Verb("ControllerExpand", (create,), expand, None, (delete,)),
)}
