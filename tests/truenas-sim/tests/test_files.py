# SPDX-License-Identifier: BSD-2-Clause
"""Content behind datasets: files, directories and real copies."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest

from conftest import QUICK
from shortcuts import clone, eventually, filesystem, refused, snapshot, volume
from truenas_sim.client import Client
from truenas_sim.process import Simulator

PARENT = "tank/k8s"
MIB = 1 << 20


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "nas"


@pytest.fixture(scope="module")
def simulator(storage: Path) -> Iterator[Simulator]:
    with Simulator(*QUICK, "--files", str(storage)) as running:
        running.control.command("save", name="start")
        yield running
        assert running.log() == ""


@pytest.fixture
def root(nas: Simulator, storage: Path) -> Path:
    """The parent's directory, after the state was put back."""
    return storage / PARENT


def write(path: Path, offset: int, data: bytes) -> None:
    with open(path, "r+b") as stream:
        stream.seek(offset)
        stream.write(data)


def read(path: Path, offset: int, size: int) -> bytes:
    with open(path, "rb") as stream:
        stream.seek(offset)
        return stream.read(size)


def stored(root: Path) -> int:
    return len(os.listdir(root.parent.parent / ".snapshots"))


def test_volume_is_a_sparse_file_of_its_size(root: Path,
                                             api: Client) -> None:
    volume(api, "v", 64 * MIB)
    facts = (root / "v.zvol").stat()
    assert (facts.st_size, facts.st_blocks) == (64 * MIB, 0)


def test_growing_keeps_the_data(root: Path, api: Client) -> None:
    volume(api, "v", 16 * MIB)
    write(root / "v.zvol", 8 * MIB, b"data")
    api.call("pool.dataset.update", f"{PARENT}/v", {"volsize": 32 * MIB})
    assert (root / "v.zvol").stat().st_size == 32 * MIB
    assert read(root / "v.zvol", 8 * MIB, 4) == b"data"


def test_clone_of_a_volume_is_the_snapshots_content(root: Path,
                                                    api: Client) -> None:
    volume(api, "v", 64 * MIB)
    write(root / "v.zvol", 40 * MIB, b"old")
    snapshot(api, "v", "s")
    write(root / "v.zvol", 40 * MIB, b"new")
    clone(api, "v@s", "c")
    copy = root / "c.zvol"
    assert read(copy, 40 * MIB, 3) == b"old"
    assert copy.stat().st_size == 64 * MIB
    assert copy.stat().st_blocks * 512 < MIB
    write(copy, 0, b"mine")
    assert read(root / "v.zvol", 0, 4) == b"\0\0\0\0"


def test_rollback_brings_content_and_size_back(root: Path,
                                               api: Client) -> None:
    volume(api, "v", 16 * MIB)
    write(root / "v.zvol", 0, b"old")
    snapshot(api, "v", "s")
    api.call("pool.dataset.update", f"{PARENT}/v", {"volsize": 32 * MIB})
    write(root / "v.zvol", 0, b"new")
    api.call("pool.snapshot.rollback", f"{PARENT}/v@s")
    assert read(root / "v.zvol", 0, 3) == b"old"
    assert (root / "v.zvol").stat().st_size == 16 * MIB


def test_filesystem_is_a_directory(root: Path, api: Client) -> None:
    filesystem(api, "a")
    assert (root / "a").stat().st_mode & 0o777 == 0o755
    api.job("filesystem.setperm", {"path": f"/mnt/{PARENT}/a",
                                   "mode": "0777"})
    assert (root / "a").stat().st_mode & 0o777 == 0o777
    (root / "a" / "file").write_text("x")
    facts = api.call("filesystem.stat", f"/mnt/{PARENT}/a/file")
    assert (facts["type"], facts["size"]) == ("FILE", 1)


def test_symlink_is_not_shared(root: Path, api: Client) -> None:
    filesystem(api, "a")
    os.symlink("/etc", root / "a" / "link")
    error = refused(api, "sharing.nfs.create",
                    {"path": f"/mnt/{PARENT}/a/link"})
    assert error.fields() == [("sharingnfs_create.path", 22)]


def test_snapshot_of_a_filesystem_leaves_its_children_out(
        root: Path, api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/child")
    volume(api, "a/disk", 16 * MIB)
    (root / "a" / "dir").mkdir()
    (root / "a" / "dir" / "file").write_text("content")
    os.symlink("dir/file", root / "a" / "link")
    os.chmod(root / "a" / "dir", 0o750)
    snapshot(api, "a", "s")
    (root / "a" / "dir" / "file").write_text("changed")
    clone(api, "a@s", "c")
    assert sorted(os.listdir(root / "c")) == ["dir", "link"]
    assert (root / "c" / "link").read_text() == "content"
    assert (root / "c" / "dir").stat().st_mode & 0o777 == 0o750


def test_rollback_of_a_filesystem_keeps_its_children(root: Path,
                                                     api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    filesystem(api, "a/child")
    (root / "a" / "child" / "file").write_text("x")
    (root / "a" / "junk").write_text("x")
    api.call("pool.snapshot.rollback", f"{PARENT}/a@s")
    assert os.listdir(root / "a") == ["child"]
    assert (root / "a" / "child" / "file").exists()


def test_destroyed_things_leave_nothing(root: Path, api: Client) -> None:
    before = stored(root)
    volume(api, "v", 16 * MIB)
    filesystem(api, "a")
    filesystem(api, "a/b")
    snapshot(api, "v", "s")
    snapshot(api, "a/b", "s")
    assert stored(root) == before + 2
    clone(api, "v@s", "c")
    api.call("pool.snapshot.delete", f"{PARENT}/v@s", {"defer": True})
    assert stored(root) == before + 2
    for name, options in (("c", {}), ("v", {}), ("a", {"recursive": True})):
        api.call("pool.dataset.delete", f"{PARENT}/{name}", options)
    assert stored(root) == before
    for name in ("v.zvol", "c.zvol", "a"):
        assert not (root / name).exists()


def test_refused_creation_leaves_nothing(root: Path, api: Client) -> None:
    refused(api, "pool.dataset.create", {
        "name": f"{PARENT}/big", "type": "VOLUME", "volsize": 200 << 40,
        "force_size": True})
    assert not (root / "big.zvol").exists()


def test_rename_moves_the_content(root: Path, api: Client) -> None:
    filesystem(api, "a")
    volume(api, "a/v", 16 * MIB)
    write(root / "a" / "v.zvol", 0, b"data")
    snapshot(api, "a/v", "s")
    api.call("pool.dataset.rename", f"{PARENT}/a",
             {"new_name": f"{PARENT}/z", "force": True})
    assert read(root / "z" / "v.zvol", 0, 4) == b"data"
    clone(api, "z/v@s", "c")
    assert read(root / "c.zvol", 0, 4) == b"data"


def test_promotion_keeps_the_snapshots_content(root: Path,
                                               api: Client) -> None:
    volume(api, "v", 16 * MIB)
    write(root / "v.zvol", 0, b"data")
    snapshot(api, "v", "s")
    clone(api, "v@s", "c")
    api.call("pool.dataset.promote", f"{PARENT}/c")
    api.call("pool.dataset.delete", f"{PARENT}/v")
    clone(api, "c@s", "d")
    assert read(root / "d.zvol", 0, 4) == b"data"


def test_full_copy_has_content_of_its_own(root: Path, api: Client) -> None:
    volume(api, "v", 16 * MIB)
    write(root / "v.zvol", MIB, b"data")
    snapshot(api, "v", "s")
    job = api.job("replication.run_onetime", {
        "direction": "PUSH", "transport": "LOCAL",
        "source_datasets": [f"{PARENT}/v"],
        "target_dataset": f"{PARENT}/c", "recursive": False,
        "name_regex": "s", "retention_policy": "NONE",
        "readonly": "IGNORE", "allow_from_scratch": True})
    assert job["state"] == "SUCCESS"
    api.call("pool.dataset.delete", f"{PARENT}/v", {"recursive": True})
    assert read(root / "c.zvol", MIB, 4) == b"data"
    clone(api, "c@s", "d")
    assert read(root / "d.zvol", MIB, 4) == b"data"


def test_cut_off_copy_leaves_nothing(nas: Simulator, root: Path,
                                     api: Client) -> None:
    volume(api, "v", 16 * MIB)
    snapshot(api, "v", "s")
    nas.control.command("tune", copy_ms=60000)
    api.call("replication.run_onetime", {
        "direction": "PUSH", "transport": "LOCAL",
        "source_datasets": [f"{PARENT}/v"],
        "target_dataset": f"{PARENT}/c", "recursive": False,
        "name_regex": "s", "retention_policy": "NONE",
        "readonly": "IGNORE", "allow_from_scratch": True})
    eventually((root / "c.zvol").exists, "the copy's file")
    nas.control.command("restart")
    nas.control.command("tune", copy_ms=0)
    eventually(lambda: not (root / "c.zvol").exists(), "the file's end")


def test_names_that_clash_with_files_are_refused(api: Client) -> None:
    error = refused(api, "pool.dataset.create",
                    {"name": f"{PARENT}/a.zvol"})
    assert (error.code, error.errno) == (-32001, 14)


def test_restore_brings_content_back(nas: Simulator, root: Path,
                                     api: Client) -> None:
    volume(api, "v", 16 * MIB)
    write(root / "v.zvol", 0, b"old")
    nas.control.command("save", name="mine")
    write(root / "v.zvol", 0, b"new")
    filesystem(api, "extra")
    nas.control.command("restore", name="mine")
    assert read(root / "v.zvol", 0, 3) == b"old"
    assert not (root / "extra").exists()
