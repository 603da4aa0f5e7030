# SPDX-License-Identifier: BSD-2-Clause
"""What a user can get wrong in a class or a request, and the words for it."""
from __future__ import annotations

from typing import Any, Iterator

import pytest

from harness import client
from harness.client import GIB, Refused
from harness.world import World

from .words import assert_sentence

MIB = 1 << 20


def refused(call: Any, code: str, *words: str, **fields: Any) -> None:
    """The call is refused with that code, in a sentence with those words."""
    with pytest.raises(Refused) as caught:
        call(**fields)
    assert caught.value.code == code, caught.value
    assert_sentence(caught.value.text, *words)


# -- StorageClasses -----------------------------------------------------------
# parameters besides the protocol, words of the refusal
CLASSES = [
    ("nfs", {"compresion": "lz4"}, ("'compresion' is not known", "did you mean 'compression'")),
    ("nfs", {"nfs.hots": "a"}, ("'nfs.hots' is not known",)),
    ("nfs", {"iscsi.blocksize": "512"}, ("'iscsi.blocksize' is not known", "'nfs.'")),
    ("nfs", {"compression": "lz5"}, ("'compression' is 'lz5'", "did you mean 'lz4'")),
    ("nfs", {"sparse": "perhaps"}, ("'sparse' is 'perhaps'", "'true' or 'false'")),
    ("nfs", {"volblocksize": "16Ki"}, ("'volblocksize' is for block protocols", "remove it")),
    ("nfs", {"pool": "fats"}, ("'pool' is 'fats'", "no pool of this driver's configuration",
                               "'default'")),
    ("nfs", {"fstype": "ext4"}, ("'csi.storage.k8s.io/fstype'",)),
    ("iscsi", {"volblocksize": "12345"}, ("'volblocksize' is '12345'", "power of two")),
    ("iscsi", {"volblocksize": "1Mi"}, ("'volblocksize' is '1Mi'", "512..131072")),
    ("iscsi", {"filesystem": "ext5"}, ("'filesystem' is 'ext5'", "did you mean 'ext4'")),
    ("nvmeof", {"filesystem": "ntfs"}, ("'filesystem' is 'ntfs'", "ext4|xfs|btrfs")),
    ("iscsy", {}, ("'protocol' is 'iscsy'", "did you mean 'iscsi'")),
]


@pytest.mark.parametrize("protocol, parameters, words", CLASSES,
                         ids=[f"{row[0]}-{next(iter(row[1]), 'protocol')}" for row in CLASSES])
def test_a_class_that_cannot_be(world: World, protocol: str, parameters: dict[str, str],
                                words: tuple[str, ...]) -> None:
    refused(world.create, "INVALID_ARGUMENT", "'pvc-bad'", *words, name="pvc-bad",
            protocol=protocol, **parameters)


def test_a_class_without_protocol_names_the_choices(world: World) -> None:
    refused(world.csi.CreateVolume, "INVALID_ARGUMENT", "'protocol' is missing",
            "iscsi, nfs, nvmeof", name="pvc-bad", volume_capabilities=[client.mount()])


# -- sizes ----------------------------------------------------------------------
def create_sized(world: World, protocol: str, required: int, limit: int, **parameters: str) -> Any:
    return lambda: world.csi.CreateVolume(
        name="pvc-size", capacity_range=client.size(required, limit),
        volume_capabilities=[client.mount()], parameters={"protocol": protocol, **parameters})


def test_a_volume_larger_than_the_largest(world: World) -> None:
    refused(create_sized(world, "nfs", 2 << 50, 0), "OUT_OF_RANGE", "'pvc-size'", "2 PiB",
            "the largest is 1 PiB", "ask for less")


def test_a_volume_larger_than_the_pool(world: World) -> None:
    refused(create_sized(world, "iscsi", 1000 << 40, 0, sparse="false"), "RESOURCE_EXHAUSTED",
            "'tank/k8s/pvc-size'", "80%", "ask for less")


def test_a_limit_below_the_smallest_quota(world: World) -> None:
    refused(create_sized(world, "nfs", MIB, 100 * MIB), "OUT_OF_RANGE", "between 1 MiB and 100 MiB",
            "the next larger one is 1 GiB")


def test_a_limit_that_no_volblocksize_meets(world: World) -> None:
    refused(create_sized(world, "iscsi", GIB + 1, GIB + 4096, volblocksize="64Ki"),
            "OUT_OF_RANGE", "no size", f"the next larger one is {GIB // 1024 + 64} KiB",
            "raise the limit")


def test_a_limit_below_what_is_required(world: World) -> None:
    refused(create_sized(world, "nfs", 2 * GIB, GIB), "INVALID_ARGUMENT", "required_bytes",
            "above limit_bytes")


# -- ids and tokens -------------------------------------------------------------
@pytest.fixture(name="volume")
def _volume(world: World) -> Iterator[str]:
    made = world.create("pvc-ids").volume_id
    yield made
    world.delete(made)


def test_an_unknown_node(world: World, volume: str) -> None:
    refused(world.csi.ControllerPublishVolume, "NOT_FOUND", "no node 'worker-7'",
            "node plugin", volume_id=volume, node_id="worker-7",
            volume_capability=client.mount())


def test_a_malformed_token(world: World) -> None:
    for verb in (world.csi.ListVolumes, world.csi.ListSnapshots):
        refused(verb, "ABORTED", "token", "begin anew", starting_token="v1-00000000-tank")


def test_a_volume_that_never_was(world: World) -> None:
    refused(world.csi.ControllerExpandVolume, "NOT_FOUND", "'scale-nfs:tank/k8s/pvc-none'",
            volume_id="scale-nfs:tank/k8s/pvc-none", capacity_range=client.size(GIB))
    refused(world.csi.ControllerExpandVolume, "NOT_FOUND", "'elsewhere'", "not of this driver's",
            volume_id="elsewhere", capacity_range=client.size(GIB))


def test_a_source_that_never_was(world: World) -> None:
    refused(world.create, "NOT_FOUND", "'scale-nfs:tank/k8s/pvc-none@snap'", name="pvc-copy",
            source=client.from_snapshot("scale-nfs:tank/k8s/pvc-none@snap"))


def test_a_mode_the_protocol_cannot_give(world: World) -> None:
    refused(world.create, "INVALID_ARGUMENT", "'pvc-many'", "MULTI_NODE_MULTI_WRITER",
            name="pvc-many", protocol="iscsi", mode=5)


# -- a NAS that is not ready for it -----------------------------------------------
def test_a_backend_that_is_not_loaded() -> None:
    with World(backends={"nfs": {}}) as world:
        refused(world.create, "FAILED_PRECONDITION", "'pvc-a'", "backend 'iscsi'",
                "has not loaded (loaded: nfs)", "add it", name="pvc-a", protocol="iscsi")
        refused(world.csi.DeleteVolume, "FAILED_PRECONDITION", "'scale-iscsi'", "not loaded",
                volume_id="scale-iscsi:tank/k8s/pvc-a")


@pytest.mark.parametrize("protocol", ["nfs", "iscsi", "nvmeof"])
def test_a_missing_parent_dataset(protocol: str) -> None:
    with World(pools=[{"name": "default", "parent": "tank/none"}]) as world:
        refused(world.create, "FAILED_PRECONDITION", "'tank/none/pvc-a'",
                "tank/none does not exist", "configuration's pools", name="pvc-a",
                protocol=protocol)
        refused(world.csi.GetCapacity, "FAILED_PRECONDITION", "'tank/none'",
                "pool 'default'", "not on the NAS", parameters={"protocol": protocol})
        assert world.violations() == []


SERVICES = {"nfs": "nfs", "iscsi": "iscsitarget", "nvmeof": "nvmet"}


@pytest.mark.parametrize("protocol", SERVICES)
def test_a_service_that_is_stopped_on_the_nas(world: World, node_id: str, protocol: str) -> None:
    volume = world.create("pvc-stopped", protocol).volume_id
    world.nas.control.command("service_stop", service=SERVICES[protocol])
    try:
        refused(world.csi.ControllerPublishVolume, "FAILED_PRECONDITION", f"'{volume}'",
                "service is not running", "start it on the NAS", volume_id=volume, node_id=node_id,
                volume_capability=client.mount())
    finally:
        world.nas.control.command("service_start", service=SERVICES[protocol])
    world.csi.ControllerPublishVolume(volume_id=volume, node_id=node_id,
                                      volume_capability=client.mount())
    world.csi.ControllerUnpublishVolume(volume_id=volume, node_id=node_id)
    world.delete(volume)
