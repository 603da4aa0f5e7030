# SPDX-License-Identifier: BSD-2-Clause
"""A change of a volume whose connection was lost, executed after the next one."""
from __future__ import annotations

import time
from typing import Any, Iterator

import pytest

from harness import client
from harness.client import GIB, patiently
from harness.world import World

LATE_MS = 400
PUBLISHED = "truenas-csi:publish."


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(nas={"settle": "800ms"}) as made:
        yield made


def properties(world: World, name: str) -> dict[str, Any]:
    with world.nas.client() as api:
        return api.call("pool.dataset.query", [["id", "=", f"tank/k8s/{name}"]])[0]


def records(world: World, name: str) -> list[str]:
    """The nodes' records on a dataset."""
    return [key for key in properties(world, name)["user_properties"]
            if key.startswith(PUBLISHED)]


class Late:
    """The next change of a dataset is lost, and executed within the settle time."""

    def __init__(self, world: World, contains: str) -> None:
        self.control = world.nas.control
        self.control.command("clear_calls")
        self.fault = self.control.fault("late", method="pool.dataset.update",
                                        contains=contains, until={"ms": LATE_MS})

    def wait(self) -> None:
        """Until it has happened after all."""
        deadline = time.monotonic() + 10
        while not any(call["fault"] == self.fault and call["executed"] is not None
                      for call in self.control.command("calls", results=False)):
            assert time.monotonic() < deadline, "the lost change was never executed"
            time.sleep(0.01)


def publish(world: World, volume: str, node_id: str) -> None:
    patiently(world.csi.ControllerPublishVolume, volume_id=volume, node_id=node_id,
              volume_capability=client.mount())


def unpublish(world: World, volume: str, node_id: str) -> None:
    patiently(world.csi.ControllerUnpublishVolume, volume_id=volume, node_id=node_id)


def test_a_late_record_does_not_outlive_the_detach(world: World, node_id: str) -> None:
    volume = world.create("pvc-attach").volume_id
    late = Late(world, PUBLISHED)
    publish(world, volume, node_id)
    unpublish(world, volume, node_id)
    late.wait()
    assert records(world, "pvc-attach") == []
    patiently(world.csi.DeleteVolume, volume_id=volume)


def test_a_late_detach_does_not_undo_the_next_attach(world: World, node_id: str) -> None:
    volume = world.create("pvc-detach").volume_id
    publish(world, volume, node_id)
    late = Late(world, PUBLISHED)
    with pytest.raises(client.Refused):
        world.csi.ControllerUnpublishVolume(volume_id=volume, node_id=node_id)
    publish(world, volume, node_id)  # its answer to the detach was not waited for
    late.wait()
    assert len(records(world, "pvc-detach")) == 1
    unpublish(world, volume, node_id)
    patiently(world.csi.DeleteVolume, volume_id=volume)


def test_a_late_detach_of_a_driver_killed_does_not_undo_the_next_attach(
        world: World, node_id: str) -> None:
    volume = world.create("pvc-killed").volume_id
    publish(world, volume, node_id)
    late = Late(world, PUBLISHED)
    with pytest.raises(client.Refused):
        world.csi.ControllerUnpublishVolume(volume_id=volume, node_id=node_id)
    world.controller.kill()
    world.controller.start()
    unpublish(world, volume, node_id)
    publish(world, volume, node_id)
    late.wait()
    assert len(records(world, "pvc-killed")) == 1
    unpublish(world, volume, node_id)
    patiently(world.csi.DeleteVolume, volume_id=volume)


def test_a_late_growth_does_not_shrink_a_larger_one(world: World) -> None:
    volume = world.create("pvc-grown").volume_id
    late = Late(world, "refquota")
    for size in (2 * GIB, 3 * GIB):
        patiently(world.csi.ControllerExpandVolume, volume_id=volume,
                  capacity_range=client.size(size))
    late.wait()
    assert properties(world, "pvc-grown")["refquota"]["parsed"] == 3 * GIB
    patiently(world.csi.DeleteVolume, volume_id=volume)
