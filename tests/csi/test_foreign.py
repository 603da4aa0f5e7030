# SPDX-License-Identifier: BSD-2-Clause
"""What looks like ours and is not proven to be: left alone, and said so."""
from __future__ import annotations

import hashlib
from typing import Any, Iterator

import pytest

from harness import client
from harness.client import Refused
from harness.world import PROTOCOLS, World

PARENT = "tank/k8s"
protocols = pytest.mark.parametrize("protocol", PROTOCOLS)


@pytest.fixture
def api(world: World) -> Iterator[Any]:
    """An admin's own connection to the NAS."""
    with world.nas.client() as connected:
        yield connected


def refusal(call: Any, *args: Any, **fields: Any) -> Refused:
    """What a call that must not succeed says, once what it waits for is over."""
    with pytest.raises(Refused) as caught:
        client.patiently(lambda: call(*args, **fields), seconds=10)
    return caught.value


def is_there(api: Any, dataset: str) -> bool:
    return bool(api.call("pool.dataset.query", [["id", "=", dataset]]))


def rename(api: Any, old: str, new: str) -> None:
    api.call("pool.dataset.rename", old, {"new_name": new, "force": True})


def test_a_dataset_renamed_by_hand_is_not_deleted_under_its_new_name(
        world: World, api: Any) -> None:
    kept = world.create("pvc-renamed").volume_id
    rename(api, f"{PARENT}/pvc-renamed", f"{PARENT}/pvc-other")
    refused = refusal(world.delete, f"scale-nfs:{PARENT}/pvc-other")
    assert refused.code == "FAILED_PRECONDITION" and kept in refused.text
    assert is_there(api, f"{PARENT}/pvc-other")
    rename(api, f"{PARENT}/pvc-other", f"{PARENT}/pvc-renamed")
    world.delete(kept)


def test_a_dataset_renamed_by_hand_is_not_taken_for_a_new_volume(
        world: World, api: Any) -> None:
    kept = world.create("pvc-renamed").volume_id
    rename(api, f"{PARENT}/pvc-renamed", f"{PARENT}/pvc-fresh")
    refused = refusal(world.create, "pvc-fresh")
    assert refused.code == "ALREADY_EXISTS" and kept in refused.text
    rename(api, f"{PARENT}/pvc-fresh", f"{PARENT}/pvc-renamed")
    world.delete(kept)


def test_a_dataset_made_inside_a_volume_is_not_deleted_by_its_id(
        world: World, api: Any) -> None:
    volume = world.create("pvc-outer").volume_id
    inner = f"{PARENT}/pvc-outer/inner"
    api.call("pool.dataset.create", {"name": inner})
    assert refusal(world.delete, f"scale-nfs:{inner}").code == "FAILED_PRECONDITION"
    assert is_there(api, inner)
    api.call("pool.dataset.delete", inner)
    world.delete(volume)


def test_the_share_of_a_directory_is_not_removed_with_an_absent_volume(
        world: World, api: Any) -> None:
    path = f"/mnt/{PARENT}/by-hand"
    api.call("filesystem.mkdir", {"path": path})
    share = api.call("sharing.nfs.create", {"path": path, "comment": "theirs"})
    client.patiently(world.csi.DeleteVolume, volume_id=f"scale-nfs:{PARENT}/by-hand")
    assert api.call("sharing.nfs.query", [["id", "=", share["id"]]])
    api.call("sharing.nfs.delete", share["id"])


@protocols
def test_a_failed_clone_leaves_a_snapshot_of_others_of_its_helper_s_name(
        world: World, api: Any, protocol: str) -> None:
    source = world.create("pvc-source", protocol).volume_id
    hashed = hashlib.sha256(f"scale-{protocol}:{PARENT}/pvc-copy".encode()).hexdigest()
    name = f"csi-clone-{hashed[:16]}"
    theirs = api.call("pool.snapshot.create",
                      {"dataset": f"{PARENT}/pvc-source", "name": name})["id"]
    refused = refusal(world.create, "pvc-copy", protocol,
                      source=client.from_volume(source))
    assert refused.code == "FAILED_PRECONDITION" and theirs in refused.text
    api.call("pool.snapshot.delete", theirs)
    world.delete(source)


@pytest.fixture
def hidden_parent(world: World, api: Any) -> Iterator[dict[str, str]]:
    """Volumes and a snapshot whose pool is not imported: by what they are."""
    ids = {name: world.create(f"pvc-{name}", name).volume_id for name in PROTOCOLS}
    ids["snapshot"] = world.csi.CreateSnapshot(
        name="snap-hidden", source_volume_id=ids["nfs"]).snapshot.snapshot_id
    rename(api, PARENT, f"{PARENT}-away")
    yield ids
    rename(api, f"{PARENT}-away", PARENT)
    world.csi.DeleteSnapshot(snapshot_id=ids["snapshot"])
    for name in PROTOCOLS:
        world.delete(ids[name])


def test_what_cannot_be_seen_without_its_parent_is_not_called_deleted(
        world: World, hidden_parent: dict[str, str]) -> None:
    world.nas.control.command("clear_calls")
    for name in PROTOCOLS:
        refused = refusal(world.delete, hidden_parent[name])
        assert refused.code == "FAILED_PRECONDITION" and PARENT in refused.text
    refused = refusal(world.csi.DeleteSnapshot, snapshot_id=hidden_parent["snapshot"])
    assert refused.code == "FAILED_PRECONDITION" and PARENT in refused.text
    methods = [call["method"] for call in world.nas.control.command("calls")]
    assert not [method for method in methods if method.endswith(".delete")]


def test_what_cannot_be_seen_without_its_parent_is_not_called_detached(
        world: World, hidden_parent: dict[str, str], node_id: str) -> None:
    refused = refusal(world.csi.ControllerUnpublishVolume,
                      volume_id=hidden_parent["nfs"], node_id=node_id)
    assert refused.code == "FAILED_PRECONDITION" and PARENT in refused.text
