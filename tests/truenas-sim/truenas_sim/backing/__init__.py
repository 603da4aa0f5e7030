# SPDX-License-Identifier: BSD-2-Clause
"""What the NAS's middleware stands on: ZFS, nfsd, SCST or LIO, and nvmet.

The API namespaces call this interface for every fact that a pool or a kernel
decides, and for nothing else: rows of shares, targets or subsystems live in
the middleware's database (`db.py`) and come here only as a configuration to
apply.  Everything is asynchronous, because an implementation over real
storage runs programs.  README.md says what each method must do.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Iterable, NamedTuple, Protocol

FILESYSTEM = "FILESYSTEM"
VOLUME = "VOLUME"
SNAPSHOT = "SNAPSHOT"


class ZfsError(Exception):
    """A refusal by ZFS: a code for programs, libzfs's words for people."""

    EXISTS = "exists"            # the name is taken
    MISSING = "missing"          # no such dataset or snapshot
    NO_PARENT = "no-parent"      # create below nothing
    CHILDREN = "children"        # snapshots or child datasets stand in the way
    CLONES = "clones"            # dependent clones stand in the way
    BUSY = "busy"                # open, held or mounted elsewhere
    NO_SPACE = "no-space"
    INVALID = "invalid"          # a value or a name ZFS does not take
    NOT_CLONE = "not-a-clone"
    NEWER = "newer-snapshots"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Prop(NamedTuple):
    """One property: `zfs get -p`'s value, where it comes from, of whom."""

    raw: str
    source: str                  # LOCAL DEFAULT INHERITED RECEIVED NONE
    origin: str | None = None    # the dataset it is inherited from


class Resource(Protocol):
    """A dataset or snapshot as `zfs get all` shows it at this moment."""

    name: str
    kind: str
    guid: int
    createtxg: int

    def prop(self, name: str) -> Prop | None:
        """A native property by its ZFS name; None if it has none."""

    def names(self) -> Iterable[str]:
        """The native properties it has."""

    def user(self) -> dict[str, Prop]:
        """User properties, inherited ones and a snapshot's dataset's too."""

    def holds(self) -> dict[str, int]:
        """A snapshot's holds: tag and the second it was placed."""


class PathFacts(NamedTuple):
    """What stat(2) says of a path on the NAS, as far as anybody asks."""

    kind: str                    # DIRECTORY FILE SYMLINK OTHER
    mode: int
    uid: int
    gid: int
    size: int
    mountpoint: bool


class Backing(ABC):
    """ZFS and the kernel's servers."""

    # -- ZFS: looking -------------------------------------------------------
    @abstractmethod
    async def pools(self) -> list[str]:
        """The imported pools by name."""

    @abstractmethod
    async def pool_space(self, pool: str) -> tuple[int, int, int, int]:
        """guid, size, allocated and free bytes of a pool."""

    @abstractmethod
    async def dataset(self, path: str) -> Resource | None:
        """A filesystem or volume."""

    @abstractmethod
    async def datasets(self, root: str | None = None) -> list[Resource]:
        """All datasets, or those at and below a root; parents first."""

    @abstractmethod
    async def children(self, path: str) -> list[str]:
        """The direct child datasets by full path."""

    @abstractmethod
    async def snapshot(self, name: str) -> Resource | None:
        """A snapshot by its full name `dataset@snapshot`."""

    @abstractmethod
    async def snapshots(self, path: str | None = None) -> list[Resource]:
        """All snapshots, or those of one dataset; oldest first."""

    # -- ZFS: changing ------------------------------------------------------
    @abstractmethod
    async def dataset_create(self, path: str, kind: str,
                             props: dict[str, str],
                             user: dict[str, str]) -> None:
        """`zfs create`: both maps are set in the same transaction."""

    @abstractmethod
    async def dataset_destroy(self, path: str, recursive: bool,
                              force: bool) -> None:
        """`zfs destroy [-r] [-f]`."""

    @abstractmethod
    async def set_property(self, name: str, props: dict[str, str]) -> None:
        """`zfs set` of native or user properties, snapshots included."""

    @abstractmethod
    async def inherit_property(self, name: str, props: list[str]) -> None:
        """`zfs inherit`."""

    @abstractmethod
    async def snapshot_create(self, path: str, snapshot: str,
                              user: dict[str, str],
                              recursive: bool) -> None:
        """`zfs snapshot [-r] -o k=v`."""

    @abstractmethod
    async def snapshot_destroy(self, name: str, defer: bool,
                               recursive: bool) -> None:
        """`zfs destroy [-d] [-r] dataset@snapshot`."""

    @abstractmethod
    async def clone(self, snapshot: str, path: str,
                    props: dict[str, str]) -> None:
        """`zfs clone -o k=v`; filesystems get mounted."""

    @abstractmethod
    async def promote(self, path: str) -> None:
        """`zfs promote`."""

    @abstractmethod
    async def rename(self, path: str, target: str) -> None:
        """`zfs rename` of a dataset with all below it."""

    @abstractmethod
    async def snapshot_rename(self, name: str, target: str) -> None:
        """`zfs rename` of a snapshot; both are full names."""

    @abstractmethod
    async def rollback(self, name: str, destroy_newer: bool,
                       destroy_clones: bool) -> None:
        """`zfs rollback [-r | -R]`."""

    @abstractmethod
    async def hold(self, name: str, tag: str, recursive: bool) -> None:
        """`zfs hold`."""

    @abstractmethod
    async def release(self, name: str, recursive: bool) -> None:
        """`zfs release` of every tag."""

    @abstractmethod
    async def send_receive(self, snapshots: list[str], target: str,
                           properties: bool, override: dict[str, str],
                           exclude: list[str]) -> None:
        """`zfs send [-p] | zfs recv -o k=v -x k` of snapshots in order."""

    # -- paths on the NAS ---------------------------------------------------
    @abstractmethod
    async def path_facts(self, path: str) -> PathFacts | None:
        """stat(2) of an absolute path below /mnt."""

    @abstractmethod
    async def path_mkdir(self, path: str, mode: int) -> None:
        """mkdir(2); FileExistsError or FileNotFoundError."""

    @abstractmethod
    async def path_set(self, path: str, mode: int | None, uid: int | None,
                       gid: int | None, recursive: bool) -> None:
        """chmod(2) and chown(2); None leaves a value as it is."""

    # -- the kernel's servers -----------------------------------------------
    @abstractmethod
    async def device_ready(self, path: str) -> bool:
        """Whether /dev/zvol/<path> is there."""

    @abstractmethod
    async def device_resized(self, path: str) -> None:
        """The volume grew: make its LUN and namespace tell."""

    @abstractmethod
    async def apply_nfs(self, config: "NfsConfig") -> None:
        """Make nfsd export exactly this."""

    @abstractmethod
    async def apply_iscsi(self, config: "IscsiConfig") -> None:
        """Make the iSCSI target serve exactly this."""

    @abstractmethod
    async def apply_nvmet(self, config: "NvmetConfig") -> None:
        """Make nvmet serve exactly this."""

    @abstractmethod
    async def iscsi_sessions(self) -> list[dict]:
        """Live sessions as `iscsi.global.sessions` rows."""

    @abstractmethod
    async def nvmet_sessions(self) -> list[dict]:
        """Live controllers: {host_traddr, hostnqn, subnqn, port_id, ctrl}."""

    @abstractmethod
    async def service_running(self, service: str) -> bool:
        """Whether nfs, iscsitarget or nvmet runs."""

    @abstractmethod
    async def service_set(self, service: str, running: bool) -> None:
        """Start or stop it; the configuration is applied separately."""

    # -- the whole state, for tests -----------------------------------------
    @abstractmethod
    async def save(self) -> Any:
        """A copy of everything, opaque to the caller."""

    @abstractmethod
    async def restore(self, saved: Any) -> None:
        """Goes back to a saved copy, which stays good for another time."""

    @abstractmethod
    async def dump(self, volatile: bool) -> dict[str, Any]:
        """Canonical JSON of ZFS and of what the servers serve."""


class NfsConfig(NamedTuple):
    """Everything exports are rendered from; rows are never changed."""

    shares: tuple[dict, ...]
    settings: dict


class IscsiConfig(NamedTuple):
    """Everything an iSCSI target is rendered from."""

    settings: dict
    portals: tuple[dict, ...]
    initiators: tuple[dict, ...]
    auths: tuple[dict, ...]
    targets: tuple[dict, ...]
    extents: tuple[dict, ...]
    mappings: tuple[dict, ...]


class NvmetConfig(NamedTuple):
    """Everything nvmet is rendered from."""

    settings: dict
    ports: tuple[dict, ...]
    subsystems: tuple[dict, ...]
    namespaces: tuple[dict, ...]
    hosts: tuple[dict, ...]
    port_links: tuple[dict, ...]
    host_links: tuple[dict, ...]
