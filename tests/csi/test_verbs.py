# SPDX-License-Identifier: BSD-2-Clause
"""Every controller verb on every protocol, from outside."""
from __future__ import annotations

import pytest

from harness import client
from harness.client import GIB, Refused
from harness.world import PROTOCOLS, World

protocols = pytest.mark.parametrize("protocol", PROTOCOLS)


def code(call, *args, **fields) -> str:
    """The code a call is refused with, and that it says something."""
    with pytest.raises(Refused) as caught:
        call(*args, **fields)
    assert caught.value.text, "a refusal must say why"
    assert len(caught.value.text.encode()) <= 900
    return caught.value.code


@protocols
def test_create_and_delete_twice(world: World, protocol: str) -> None:
    first = world.create("pvc-twice", protocol)
    assert first.volume_id == f"scale-{protocol}:tank/k8s/pvc-twice"
    assert first.capacity_bytes == GIB
    assert world.violations() == []
    assert world.create("pvc-twice", protocol) == first
    world.delete(first.volume_id)
    world.delete(first.volume_id)


@protocols
def test_same_name_other_size_already_exists(world: World, protocol: str) -> None:
    volume = world.create("pvc-size", protocol)
    with pytest.raises(Refused) as caught:
        world.csi.CreateVolume(
            name="pvc-size", capacity_range=client.size(2 * GIB, 2 * GIB),
            volume_capabilities=[client.mount()], parameters={"protocol": protocol})
    assert caught.value.code == "ALREADY_EXISTS"
    world.delete(volume.volume_id)


def test_same_name_other_protocol_are_two_ids(world: World) -> None:
    volume = world.create("pvc-proto", "nfs")
    assert code(world.create, "pvc-proto", "iscsi") == "ALREADY_EXISTS"
    world.delete(volume.volume_id)


@protocols
def test_long_names_are_cut_and_stay_apart(world: World, protocol: str) -> None:
    names = ["x" * 127 + end for end in "ab"]
    ids = [world.create(name, protocol).volume_id for name in names]
    assert len(set(ids)) == 2
    assert all(len(ident) <= 128 for ident in ids)
    assert [world.create(name, protocol).volume_id for name in names] == ids
    for ident in ids:
        world.delete(ident)


def test_names_zfs_cannot_take_are_mapped(world: World) -> None:
    names = ["a b", "a/b", "a@b", "ä", "..", "a%b"]
    ids = [world.create(name).volume_id for name in names]
    assert len(set(ids)) == len(names)
    for ident in ids:
        world.delete(ident)


@protocols
def test_snapshot_restore_clone(world: World, protocol: str) -> None:
    volume = world.create("pvc-source", protocol)
    snapshot = world.csi.CreateSnapshot(name="snap-1",
                                        source_volume_id=volume.volume_id).snapshot
    assert snapshot.ready_to_use and snapshot.size_bytes == GIB
    assert snapshot.creation_time.seconds > 0
    again = world.csi.CreateSnapshot(name="snap-1",
                                     source_volume_id=volume.volume_id).snapshot
    assert again == snapshot
    restored = world.create("pvc-restored", protocol,
                            source=client.from_snapshot(snapshot.snapshot_id))
    assert restored.content_source.snapshot.snapshot_id == snapshot.snapshot_id
    cloned = world.create("pvc-clone", protocol, 2 * GIB,
                          source=client.from_volume(volume.volume_id))
    assert cloned.content_source.volume.volume_id == volume.volume_id
    assert cloned.capacity_bytes == 2 * GIB
    assert world.violations() == []
    for ident in (cloned.volume_id, restored.volume_id):
        world.delete(ident)
    world.csi.DeleteSnapshot(snapshot_id=snapshot.snapshot_id)
    world.csi.DeleteSnapshot(snapshot_id=snapshot.snapshot_id)
    world.delete(volume.volume_id)


@protocols
def test_a_restore_smaller_than_its_source_is_out_of_range(world: World, protocol: str) -> None:
    volume = world.create("pvc-big", protocol, 2 * GIB)
    snapshot = world.csi.CreateSnapshot(name="snap-big",
                                        source_volume_id=volume.volume_id).snapshot
    source = client.from_snapshot(snapshot.snapshot_id)
    assert code(world.create, "pvc-small", protocol, GIB, source=source) == "OUT_OF_RANGE"
    world.csi.DeleteSnapshot(snapshot_id=snapshot.snapshot_id)
    world.delete(volume.volume_id)


def test_a_snapshot_name_is_one_volume_s(world: World) -> None:
    a, b = world.create("pvc-a"), world.create("pvc-b")
    snapshot = world.csi.CreateSnapshot(name="same", source_volume_id=a.volume_id).snapshot
    assert code(world.csi.CreateSnapshot, name="same",
                source_volume_id=b.volume_id) == "ALREADY_EXISTS"
    world.csi.DeleteSnapshot(snapshot_id=snapshot.snapshot_id)
    world.delete(a.volume_id)
    world.delete(b.volume_id)


@protocols
def test_delete_with_a_snapshot_is_refused_and_leaves_the_export(world: World,
                                                                 protocol: str) -> None:
    volume = world.create("pvc-kept", protocol)
    snapshot = world.csi.CreateSnapshot(name="keeps",
                                        source_volume_id=volume.volume_id).snapshot
    assert code(world.csi.DeleteVolume, volume_id=volume.volume_id) == "FAILED_PRECONDITION"
    assert world.violations() == [], "the refused volume must stay exported"
    world.csi.DeleteSnapshot(snapshot_id=snapshot.snapshot_id)
    world.delete(volume.volume_id)


@protocols
def test_a_foreign_snapshot_is_never_destroyed(world: World, protocol: str) -> None:
    volume = world.create("pvc-foreign", protocol)
    dataset = volume.volume_id.partition(":")[2]
    with world.nas.client() as api:
        api.call("pool.snapshot.create", {"dataset": dataset, "name": "by-hand"})
        with pytest.raises(Refused) as caught:
            world.delete(volume.volume_id)
        assert caught.value.code == "FAILED_PRECONDITION"
        assert "by-hand" in caught.value.text
        api.call("pool.snapshot.delete", f"{dataset}@by-hand")
    world.delete(volume.volume_id)


@protocols
def test_publish_and_unpublish(world: World, node_id: str, protocol: str) -> None:
    volume = world.create("pvc-publish", protocol)
    request = {"volume_id": volume.volume_id, "node_id": node_id,
               "volume_capability": client.mount(),
               "volume_context": dict(volume.volume_context)}
    context = dict(world.csi.ControllerPublishVolume(**request).publish_context)
    assert context
    assert dict(world.csi.ControllerPublishVolume(**request).publish_context) == context
    assert code(world.csi.ControllerPublishVolume, **request, readonly=True) == "ALREADY_EXISTS"
    unknown = {**request, "node_id": "fake-node-id"}
    assert code(world.csi.ControllerPublishVolume, **unknown) == "NOT_FOUND"
    for node in (node_id, "", "fake-node-id"):
        world.csi.ControllerUnpublishVolume(volume_id=volume.volume_id, node_id=node)
    world.delete(volume.volume_id)
    world.csi.ControllerUnpublishVolume(volume_id=volume.volume_id, node_id=node_id)


@protocols
def test_publish_makes_a_vanished_export_anew(world: World, node_id: str,
                                              protocol: str) -> None:
    volume = world.create("pvc-vanish", protocol)
    with world.nas.client() as api:
        if protocol == "nfs":
            row = api.call("sharing.nfs.query",
                           [["path", "=", "/mnt/tank/k8s/pvc-vanish"]])[0]
            api.call("sharing.nfs.delete", row["id"])
        elif protocol == "iscsi":
            for row in api.call("iscsi.target.query", [["name", "^", "pvc-vanish"]]):
                api.call("iscsi.target.delete", row["id"], True, True)
        else:
            for row in api.call("nvmet.subsys.query", [["name", "^", "pvc-vanish"]]):
                api.call("nvmet.subsys.delete", row["id"], {"force": True})
    assert world.violations() != [], "the export was to vanish"
    world.csi.ControllerPublishVolume(volume_id=volume.volume_id, node_id=node_id,
                                      volume_capability=client.mount())
    assert world.violations() == []
    world.csi.ControllerUnpublishVolume(volume_id=volume.volume_id, node_id=node_id)
    world.delete(volume.volume_id)


@protocols
def test_expand(world: World, protocol: str) -> None:
    volume = world.create("pvc-grow", protocol)
    reply = world.csi.ControllerExpandVolume(volume_id=volume.volume_id,
                                             capacity_range=client.size(3 * GIB))
    assert reply.capacity_bytes == 3 * GIB
    assert reply.node_expansion_required == (protocol != "nfs")
    again = world.csi.ControllerExpandVolume(volume_id=volume.volume_id,
                                             capacity_range=client.size(2 * GIB))
    assert again.capacity_bytes == 3 * GIB, "a volume never shrinks"
    world.delete(volume.volume_id)


@protocols
def test_validate_and_get(world: World, protocol: str) -> None:
    volume = world.create("pvc-look", protocol)
    good = world.csi.ValidateVolumeCapabilities(volume_id=volume.volume_id,
                                                volume_capabilities=[client.mount()])
    assert good.confirmed.volume_capabilities and not good.message
    # several nodes may write to a share, not to a file system on a disk
    many = world.csi.ValidateVolumeCapabilities(volume_id=volume.volume_id,
                                                volume_capabilities=[client.mount(5)])
    assert bool(many.confirmed.volume_capabilities) == (protocol == "nfs")
    assert bool(many.message) == (protocol != "nfs")
    assert world.csi.ControllerGetVolume(
        volume_id=volume.volume_id).volume.volume_id == volume.volume_id
    world.delete(volume.volume_id)
    assert code(world.csi.ControllerGetVolume, volume_id=volume.volume_id) == "NOT_FOUND"


def test_list_volumes_in_stable_pages(world: World) -> None:
    ids = sorted(world.create(f"pvc-{n}").volume_id for n in range(5))
    found, token = [], ""
    while True:
        page = world.csi.ListVolumes(max_entries=2, starting_token=token)
        assert len(page.entries) <= 2
        found += [entry.volume.volume_id for entry in page.entries]
        token = page.next_token
        if not token:
            break
    assert found == ids, "foreign and inherited marks must not show"
    whole = world.csi.ListVolumes()
    assert [entry.volume.volume_id for entry in whole.entries] == ids
    assert code(world.csi.ListVolumes, starting_token="not-a-token") == "ABORTED"
    # what was deleted between two pages does not disturb the rest
    first = world.csi.ListVolumes(max_entries=2)
    world.delete(ids[1])
    rest = world.csi.ListVolumes(starting_token=first.next_token)
    assert [entry.volume.volume_id for entry in rest.entries] == ids[2:]
    for ident in ids:
        world.delete(ident)


def test_list_snapshots_by_every_filter(world: World) -> None:
    volume = world.create("pvc-snaps")
    ids = [world.csi.CreateSnapshot(name=f"s-{n}", source_volume_id=volume.volume_id)
           .snapshot.snapshot_id for n in range(3)]
    listed = [e.snapshot.snapshot_id for e in world.csi.ListSnapshots().entries]
    assert sorted(listed) == sorted(ids)
    one = world.csi.ListSnapshots(snapshot_id=ids[1]).entries
    assert [e.snapshot.snapshot_id for e in one] == [ids[1]]
    by_source = world.csi.ListSnapshots(source_volume_id=volume.volume_id).entries
    assert len(by_source) == 3
    assert not world.csi.ListSnapshots(snapshot_id="nothing").entries
    assert not world.csi.ListSnapshots(source_volume_id="nothing").entries
    page = world.csi.ListSnapshots(max_entries=2)
    rest = world.csi.ListSnapshots(starting_token=page.next_token)
    assert len(page.entries) == 2 and len(rest.entries) == 1
    for ident in ids:
        world.csi.DeleteSnapshot(snapshot_id=ident)
    world.delete(volume.volume_id)


def test_capacity_is_the_parent_s(world: World) -> None:
    assert world.csi.GetCapacity().available_capacity > GIB
    assert world.csi.GetCapacity(
        parameters={"protocol": "nfs", "csi.storage.k8s.io/fstype": "ext4"}
    ).available_capacity > GIB


def test_foreign_and_malformed_ids(world: World) -> None:
    for ident in ("fake-vol-id", "x", "scale-nfs:", "scale-nfs:tank", "a" * 128):
        world.csi.DeleteVolume(volume_id=ident)
    assert code(world.csi.DeleteVolume,
                volume_id="scale-nfs:other/pool/pvc-1") == "FAILED_PRECONDITION"
    assert code(world.csi.DeleteVolume,
                volume_id="scale-nfs:tank/k8s/team") == "FAILED_PRECONDITION"
    assert code(world.csi.ControllerExpandVolume, volume_id="scale-nfs:tank/k8s/team",
                capacity_range=client.size(GIB)) == "NOT_FOUND"


def test_unknown_methods_and_services_are_unimplemented(world: World) -> None:
    assert code(world.csi.raw, "/csi.v1.Controller/Nonsense", b"") == "UNIMPLEMENTED"
    assert code(world.csi.NodeGetInfo) == "UNIMPLEMENTED"
    assert code(world.csi.ControllerModifyVolume, volume_id="x",
                mutable_parameters={"a": "b"}) == "UNIMPLEMENTED"
    assert code(world.csi.GroupControllerGetCapabilities) == "UNIMPLEMENTED"


def test_a_request_that_is_no_message_is_internal(world: World) -> None:
    assert code(world.csi.raw, "/csi.v1.Controller/CreateVolume", b"\xff\xff") == "INTERNAL"
