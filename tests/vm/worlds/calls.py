# SPDX-License-Identifier: BSD-2-Clause
"""Random API calls that mean something: names are taken from what exists.

Few names and small trees, so that calls meet each other: a clone is promoted,
its source destroyed, a share left on a dataset that goes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from compare import DIRECTORIES

Call = tuple[str, list[Any]]

PARENT = "tank/k8s"
GIB = 1 << 30
LEAVES = "abcdef"
KEYS = ("truenas-csi:managed_resource", "truenas-csi:csi_volume_name", "x:y")
VALUES = ("true", "pvc-1", "two words", "=;,", "ü")
HOST_NQN = "nqn.2014-08.org.nvmexpress:uuid:aaaaaaaa-0000-4000-8000-00000000000"


class Script:
    """Calls for one seed, each chosen from the state before it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def next(self, state: dict[str, Any]) -> Call:
        """A call for this state, which is a dump of the simulator."""
        pick = _Pick(self._random, state)
        makers = [maker for maker, _ in MAKERS]
        weights = [weight for _, weight in MAKERS]
        while True:
            maker = self._random.choices(makers, weights)[0]
            try:
                return maker(pick)
            except _Nothing:
                continue


class _Nothing(Exception):
    """There is nothing yet that the call could be about."""


class _Pick:
    """Draws names and values."""

    def __init__(self, source: random.Random, state: dict[str, Any]) -> None:
        self.random = source
        self.rows = state["db"]
        datasets = {
            name: entry
            for name, entry in state["datasets"].items()
            if name.startswith(PARENT + "/")
        }
        self._filesystems = [
            name for name, e in datasets.items() if e["type"] == "FILESYSTEM"
        ]
        self._volumes = [
            name for name, e in datasets.items() if e["type"] == "VOLUME"
        ]
        self._clones = [name for name, e in datasets.items() if e["origin"]]
        self._snapshots = [
            f"{name}@{leaf}"
            for name, entry in datasets.items()
            for leaf in entry["snapshots"]
        ]

    def chance(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def one(self, values: Any) -> Any:
        return self.random.choice(list(values))

    def fresh(self) -> str:
        """A path which may be free."""
        parents = [PARENT] * 4 + [
            name for name in self._filesystems if name.count("/") < 4
        ]
        return f"{self.one(parents)}/{self.one(LEAVES)}"

    def _some(self, found: list[str]) -> str:
        if self.chance(12):
            return self.fresh()
        return self._known(found)

    def _known(self, found: list[Any]) -> Any:
        if not found:
            raise _Nothing
        return self.random.choice(found)

    def filesystem(self) -> str:
        return self._some(self._filesystems)

    def volume(self) -> str:
        return self._some(self._volumes)

    def dataset(self) -> str:
        return self._some(self._filesystems + self._volumes)

    def clone(self) -> str:
        return self._some(self._clones)

    def snapshot(self) -> str:
        if self.chance(12):
            return f"{self.dataset()}@{self.one('st')}"
        return self._known(self._snapshots)

    def row(self, table: str) -> int:
        """The id of a row, or one that is none."""
        if self.chance(12):
            return 77
        return int(self._known(list(self.rows[table])))

    def is_exported(self, name: str) -> bool:
        """Whether a row refers to the dataset or to one below it."""
        used = [row["path"] for row in self.rows["sharing.nfs"].values()]
        used += [row["disk"] for row in self.rows["iscsi.extent"].values()]
        used += [
            row["device_path"] for row in self.rows["nvmet.namespace"].values()
        ]
        return any(f"/{name}/" in f"{path}/" for path in used)

    def user(self) -> list[dict[str, str]]:
        keys = self.random.sample(KEYS, self.random.randrange(len(KEYS)))
        return [{"key": key, "value": self.one(VALUES)} for key in keys]


# -- datasets ---------------------------------------------------------------
def create_filesystem(pick: _Pick) -> Call:
    data: dict[str, Any] = {"name": pick.fresh(), "type": "FILESYSTEM"}
    if pick.chance(3):
        data["refquota"] = pick.one((GIB, 2 * GIB, 0))
    if pick.chance(4):
        data["quota"] = pick.one((GIB, 3 * GIB))
    if pick.chance(4):
        data["compression"] = pick.one(("ZSTD", "OFF", "LZ4"))
    if pick.chance(2):
        data["user_properties"] = pick.user()
        data["managedby"] = "two-worlds"
    if pick.chance(8):
        data["create_ancestors"] = True
        data["name"] += "/" + pick.one(LEAVES)
    return "pool.dataset.create", [data]


def create_volume(pick: _Pick) -> Call:
    data: dict[str, Any] = {
        "name": pick.fresh(),
        "type": "VOLUME",
        "volsize": pick.one((64, 256, 1024)) << 20,
        "sparse": not pick.chance(5),
    }
    if pick.chance(3):
        data["volblocksize"] = pick.one(("4K", "16K", "64K"))
    if pick.chance(2):
        data["user_properties"] = pick.user()
    if pick.chance(10):
        data["volsize"] = pick.one((64 << 30, 1000, 100_000))
        data["force_size"] = pick.chance(2)
    return "pool.dataset.create", [data]


def update_dataset(pick: _Pick) -> Call:
    data: dict[str, Any] = {}
    if pick.chance(3):
        data["user_properties_update"] = pick.user()
        if pick.chance(2):
            data["user_properties_update"].append(
                {"key": pick.one(KEYS), "remove": True}
            )
    if pick.chance(3):
        data["compression"] = pick.one(("ZSTD", "INHERIT", "OFF"))
    if pick.chance(3):
        data["comments"] = pick.one(("text", "INHERIT"))
    if pick.chance(2):
        data["refquota"] = pick.one((GIB, 3 * GIB, 0, None))
        return "pool.dataset.update", [pick.filesystem(), data]
    return "pool.dataset.update", [pick.dataset(), data]


def grow_volume(pick: _Pick) -> Call:
    size = pick.one((64, 512, 1024, 2048)) << 20
    return "pool.dataset.update", [pick.volume(), {"volsize": size}]


def delete_dataset(pick: _Pick) -> Call:
    options = {"recursive": pick.chance(3), "force": pick.chance(3)}
    return "pool.dataset.delete", [pick.dataset(), options]


def promote(pick: _Pick) -> Call:
    return "pool.dataset.promote", [pick.clone()]


def rename_dataset(pick: _Pick) -> Call:
    # a forced rename pulls exports from under their rows: not of interest
    name = pick.dataset()
    if pick.is_exported(name):
        name = f"{PARENT}/none"
    options = {"new_name": pick.fresh(), "force": True}
    return "pool.dataset.rename", [name, options]


# -- snapshots --------------------------------------------------------------
def create_snapshot(pick: _Pick) -> Call:
    data = {
        "dataset": pick.dataset(),
        "name": pick.one("stuv"),
        "recursive": pick.chance(5),
        "properties": {e["key"]: e["value"] for e in pick.user()},
    }
    return "pool.snapshot.create", [data]


def delete_snapshot(pick: _Pick) -> Call:
    options = {"defer": pick.chance(2), "recursive": pick.chance(6)}
    return "pool.snapshot.delete", [pick.snapshot(), options]


def update_snapshot(pick: _Pick) -> Call:
    data = {"user_properties_update": pick.user()}
    return "pool.snapshot.update", [pick.snapshot(), data]


def clone_snapshot(pick: _Pick) -> Call:
    data: dict[str, Any] = {
        "snapshot": pick.snapshot(),
        "dataset_dst": pick.fresh(),
    }
    if pick.chance(3):
        data["dataset_properties"] = {pick.one(KEYS): pick.one(VALUES)}
    return "pool.snapshot.clone", [data]


def rollback(pick: _Pick) -> Call:
    return "pool.snapshot.rollback", [
        pick.snapshot(),
        {"recursive": pick.chance(2), "recursive_clones": pick.chance(4)},
    ]


def hold(pick: _Pick) -> Call:
    options = {"recursive": pick.chance(4)}
    return "pool.snapshot.hold", [pick.snapshot(), options]


def release(pick: _Pick) -> Call:
    options = {"recursive": pick.chance(4)}
    return "pool.snapshot.release", [pick.snapshot(), options]


def rename_snapshot(pick: _Pick) -> Call:
    name = pick.snapshot()
    target = f"{name.partition('@')[0]}@{pick.one('stuvw')}"
    options = {"new_name": target, "force": True}
    return "pool.snapshot.rename", [name, options]


# -- NFS --------------------------------------------------------------------
def create_share(pick: _Pick) -> Call:
    data: dict[str, Any] = {"path": f"/mnt/{pick.filesystem()}"}
    data["hosts"] = pick.one((["*"], ["10.77.1.2"], []))
    data["networks"] = pick.one(([], [], ["10.77.1.0/24"]))
    data["ro"] = pick.chance(4)
    if pick.chance(2):
        data |= {"maproot_user": "root", "maproot_group": "root"}
    return "sharing.nfs.create", [data]


def update_share(pick: _Pick) -> Call:
    data = pick.one(
        ({"enabled": False}, {"enabled": True}, {"hosts": ["10.77.2.2"]})
    )
    return "sharing.nfs.update", [pick.row("sharing.nfs"), data]


def delete_share(pick: _Pick) -> Call:
    return "sharing.nfs.delete", [pick.row("sharing.nfs")]


# -- iSCSI ------------------------------------------------------------------
def create_target(pick: _Pick) -> Call:
    data = {"name": f"t{pick.one(LEAVES)}", "groups": [{"portal": 1}]}
    return "iscsi.target.create", [data]


def create_extent(pick: _Pick) -> Call:
    data = {
        "name": f"e{pick.one(LEAVES)}",
        "type": "DISK",
        "disk": f"zvol/{pick.volume()}",
    }
    return "iscsi.extent.create", [data]


def map_extent(pick: _Pick) -> Call:
    data: dict[str, Any] = {
        "target": pick.row("iscsi.target"),
        "extent": pick.row("iscsi.extent"),
    }
    if pick.chance(2):
        data["lunid"] = pick.one((0, 0, 1, 5))
    return "iscsi.targetextent.create", [data]


def delete_target(pick: _Pick) -> Call:
    ident = pick.row("iscsi.target")
    return "iscsi.target.delete", [ident, pick.chance(2), pick.chance(3)]


def delete_extent(pick: _Pick) -> Call:
    ident = pick.row("iscsi.extent")
    return "iscsi.extent.delete", [ident, False, pick.chance(2)]


def unmap_extent(pick: _Pick) -> Call:
    ident = pick.row("iscsi.targetextent")
    return "iscsi.targetextent.delete", [ident, pick.chance(2)]


# -- NVMe-oF ----------------------------------------------------------------
def create_subsystem(pick: _Pick) -> Call:
    data = {"name": f"s{pick.one(LEAVES)}", "allow_any_host": pick.chance(2)}
    return "nvmet.subsys.create", [data]


def create_namespace(pick: _Pick) -> Call:
    data = {
        "subsys_id": pick.row("nvmet.subsys"),
        "device_type": "ZVOL",
        "device_path": f"zvol/{pick.volume()}",
    }
    return "nvmet.namespace.create", [data]


def link_port(pick: _Pick) -> Call:
    data = {"port_id": 1, "subsys_id": pick.row("nvmet.subsys")}
    return "nvmet.port_subsys.create", [data]


def create_host(pick: _Pick) -> Call:
    return "nvmet.host.create", [{"hostnqn": HOST_NQN + pick.one("12")}]


def allow_host(pick: _Pick) -> Call:
    data = {
        "host_id": pick.row("nvmet.host"),
        "subsys_id": pick.row("nvmet.subsys"),
    }
    return "nvmet.host_subsys.create", [data]


def delete_subsystem(pick: _Pick) -> Call:
    options = {"force": pick.chance(2)}
    return "nvmet.subsys.delete", [pick.row("nvmet.subsys"), options]


def delete_namespace(pick: _Pick) -> Call:
    return "nvmet.namespace.delete", [pick.row("nvmet.namespace")]


def unlink_port(pick: _Pick) -> Call:
    return "nvmet.port_subsys.delete", [pick.row("nvmet.port_subsys")]


def forbid_host(pick: _Pick) -> Call:
    return "nvmet.host_subsys.delete", [pick.row("nvmet.host_subsys")]


def make_directory(pick: _Pick) -> Call:
    path = f"/mnt/{pick.filesystem()}/{pick.one(DIRECTORIES)}"
    return "filesystem.mkdir", [{"path": path, "options": {"mode": "750"}}]


MAKERS: list[tuple[Callable[[_Pick], Call], int]] = [
    (create_filesystem, 10),
    (create_volume, 10),
    (update_dataset, 6),
    (grow_volume, 4),
    (delete_dataset, 7),
    (promote, 6),
    (rename_dataset, 2),
    (create_snapshot, 12),
    (delete_snapshot, 7),
    (update_snapshot, 3),
    (clone_snapshot, 12),
    (rollback, 2),
    (hold, 3),
    (release, 3),
    (rename_snapshot, 3),
    (create_share, 5),
    (update_share, 2),
    (delete_share, 2),
    (create_target, 3),
    (create_extent, 5),
    (map_extent, 5),
    (delete_target, 1),
    (delete_extent, 2),
    (unmap_extent, 2),
    (create_subsystem, 3),
    (create_namespace, 5),
    (link_port, 4),
    (create_host, 1),
    (allow_host, 2),
    (delete_subsystem, 1),
    (delete_namespace, 2),
    (unlink_port, 1),
    (forbid_host, 1),
    (make_directory, 2),
]
