# SPDX-License-Identifier: BSD-2-Clause
"""A model of ZFS: datasets, snapshots, clones, space and inheritance.

Source, where not said otherwise: OpenZFS 2.3 as observed with zfs(8).
"""
from __future__ import annotations

import random
import time
from typing import Iterator

from . import FILESYSTEM, VOLUME, Prop, ZfsError
from .properties import NATIVE, volume_reservation

# What an empty filesystem and an empty volume take.
EMPTY_FILESYSTEM = 98304
EMPTY_VOLUME = 57344
NAME_LIMIT = 255


class Snap:
    """A snapshot; it keeps its own user properties only."""

    def __init__(self, owner: "Node", name: str, guid: int, txg: int) -> None:
        self.owner, self.name = owner, name
        self.guid, self.createtxg = guid, txg
        # Received copies share the guid, their content is their own.
        self.key = random.getrandbits(62)
        self.creation = int(time.time())
        self.user: dict[str, str] = {}
        self.holds: dict[str, int] = {}
        self.deferred = False
        self.clones: dict[int, "Node"] = {}
        self.data = owner.data
        self.volsize = owner.local.get("volsize")
        self.dirs = dict(owner.dirs)

    @property
    def full(self) -> str:
        return f"{self.owner.name}@{self.name}"


class Node:
    """A filesystem or a volume."""

    def __init__(self, name: str, kind: str, parent: "Node | None",
                 guid: int, txg: int) -> None:
        self.name, self.kind, self.parent = name, kind, parent
        self.guid, self.createtxg = guid, txg
        self.creation = int(time.time())
        self.born = time.monotonic()
        self.local: dict[str, str] = {}
        self.received: dict[str, str] = {}
        self.user: dict[str, str] = {}
        self.received_user: dict[str, str] = {}
        self.children: dict[str, Node] = {}
        self.snaps: dict[str, Snap] = {}
        self.origin: Snap | None = None
        self.inconsistent = False
        self.data = (EMPTY_FILESYSTEM if kind == FILESYSTEM else EMPTY_VOLUME)
        # What the children charge this dataset with.
        self.kids = 0
        self.charged = 0
        # Directories: relative path -> (mode, uid, gid); "" is the root.
        self.dirs: dict[str, tuple[int, int, int]] = {}
        if kind == FILESYSTEM:
            self.dirs[""] = (0o755, 0, 0)

    @property
    def leaf(self) -> str:
        return self.name.rsplit("/", 1)[-1]

    def number(self, prop: str) -> int:
        """A size set here; zero if it is not."""
        return int(self.local.get(prop) or self.received.get(prop) or 0)

    def effective(self, prop: str) -> Prop:
        """A native property with where it comes from."""
        if prop in self.local:
            return Prop(self.local[prop], "LOCAL")
        if prop in self.received:
            return Prop(self.received[prop], "RECEIVED")
        native = NATIVE[prop]
        if native.inherits:
            above = self.parent
            while above is not None:
                for held in (above.local, above.received):
                    if prop in held:
                        return Prop(held[prop], "INHERITED", above.name)
                above = above.parent
        return Prop(native.default, "DEFAULT")

    def user_props(self) -> dict[str, Prop]:
        """User properties: every dataset hands its own down."""
        if self.parent is None:
            found: dict[str, Prop] = {}
        else:
            found = {}
            for key, prop in self.parent.user_props().items():
                origin = prop.origin or self.parent.name
                found[key] = Prop(prop.raw, "INHERITED", origin)
        for key, value in self.received_user.items():
            found[key] = Prop(value, "RECEIVED")
        for key, value in self.user.items():
            found[key] = Prop(value, "LOCAL")
        return found

    # -- space, after dsl_dir.c and dsl_dataset.c ---------------------------
    def by_reservation(self) -> int:
        return max(0, self.number("refreservation") - self.data)

    def used(self) -> int:
        return self.data + self.by_reservation() + self.kids

    def settle(self) -> None:
        """Passes a change of this dataset's space on to its parents."""
        node: Node | None = self
        while node is not None:
            charge = max(node.used(), node.number("reservation"))
            delta, node.charged = charge - node.charged, charge
            node = node.parent
            if node is None or delta == 0:
                return
            node.kids += delta

    def below(self) -> "Iterator[Node]":
        """This dataset and everything below it, parents first."""
        yield self
        for child in self.children.values():
            yield from child.below()


class Pool:
    """A pool: a size and a root filesystem."""

    def __init__(self, name: str, size: int, guid: int) -> None:
        self.name, self.size, self.guid = name, size, guid
        self.root = Node(name, FILESYSTEM, None, guid ^ 1, 4)
        # middleware plugins/pool_/pool.py: options of a pool's root dataset
        self.root.local = {"acltype": "posix", "aclmode": "discard",
                           "compression": "lz4", "aclinherit": "passthrough"}
        self.root.settle()


class Zfs:
    """Every pool of the NAS."""

    def __init__(self, pools: dict[str, int]) -> None:
        self.txg = 10
        self.nodes: dict[str, Node] = {}
        self.pools: dict[str, Pool] = {}
        # Volumes and snapshots somebody holds open (set by tests).
        self.busy: set[str] = set()
        for name, size in pools.items():
            self.pools[name] = Pool(name, size, self.new_guid())
            self.nodes[name] = self.pools[name].root

    @staticmethod
    def new_guid() -> int:
        return random.getrandbits(64) or 1  # any 64 bits: zfs(8)

    def next_txg(self) -> int:
        self.txg += random.randint(1, 3)
        return self.txg

    # -- looking ------------------------------------------------------------
    def node(self, path: str, doing: str) -> Node:
        found = self.nodes.get(path)
        if found is None:
            raise ZfsError(ZfsError.MISSING, f"cannot {doing} '{path}': "
                                             "dataset does not exist")
        return found

    def snap(self, name: str, doing: str) -> Snap:
        path, _, leaf = name.partition("@")
        node = self.nodes.get(path)
        found = node.snaps.get(leaf) if node else None
        if found is None:
            raise ZfsError(ZfsError.MISSING, f"cannot {doing} '{name}': "
                                             "dataset does not exist")
        return found

    def pool_of(self, node: Node) -> Pool:
        return self.pools[node.name.split("/", 1)[0]]

    def dir_space(self, node: Node) -> int:
        """dsl_dir_space_available(): quotas and reservations on the way."""
        if node.parent is None:
            space = self.pool_of(node).size - node.used()
        else:
            space = self.dir_space(node.parent)
            space += max(0, node.number("reservation") - node.used())
        quota = node.number("quota")
        if quota:
            space = min(space, quota - node.used())
        return max(0, space)

    def available(self, node: Node) -> int:
        space = self.dir_space(node) + node.by_reservation()
        refquota = node.number("refquota")
        if refquota:
            space = min(space, refquota - node.data)
        return max(0, space)

    # -- datasets -----------------------------------------------------------
    def create(self, path: str, kind: str, props: dict[str, str],
               user: dict[str, str]) -> Node:
        parent = self._place(path, "create")
        node = Node(path, kind, parent, self.new_guid(), self.next_txg())
        node.local.update(props)
        node.user.update(user)
        self._admit(node, "create", node.number("refreservation"))
        self._link(node)
        return node

    def _place(self, path: str, doing: str) -> Node:
        """The parent a new dataset would get."""
        if path in self.nodes:
            raise ZfsError(ZfsError.EXISTS, f"cannot {doing} '{path}': "
                                            "dataset already exists")
        if len(path.encode()) > NAME_LIMIT:
            raise ZfsError(ZfsError.INVALID, f"cannot {doing} '{path}': "
                                             "name is too long")
        parent = self.nodes.get(path.rpartition("/")[0])
        if parent is None:
            raise ZfsError(ZfsError.NO_PARENT, f"cannot {doing} '{path}': "
                                               "parent does not exist")
        if parent.kind != FILESYSTEM:
            raise ZfsError(ZfsError.INVALID, f"cannot {doing} '{path}': "
                                             "parent is not a filesystem")
        return parent

    def _admit(self, node: Node, doing: str, reserved: int) -> None:
        need = max(reserved, node.data, node.number("reservation"))
        if need > self.dir_space(node.parent):
            raise ZfsError(ZfsError.NO_SPACE,
                           f"cannot {doing} '{node.name}': out of space")

    def _link(self, node: Node) -> None:
        node.parent.children[node.leaf] = node
        self.nodes[node.name] = node
        node.settle()

    def destroy(self, path: str, recursive: bool) -> list[Node]:
        """Removes a dataset; what is gone is returned, deepest first."""
        node = self.node(path, "destroy")
        if not recursive and (node.children or node.snaps):
            what = "volume" if node.kind == VOLUME else "filesystem"
            raise ZfsError(ZfsError.CHILDREN,
                           f"cannot destroy '{path}': {what} has children\n"
                           "use '-r' to destroy the following datasets:\n"
                           + "\n".join(self._dependents(node)))
        doomed = list(node.below())
        inside = {id(item) for item in doomed}
        for item in doomed:
            for snap in item.snaps.values():
                outside = [c.name for c in snap.clones.values()
                           if id(c) not in inside]
                if outside:
                    raise ZfsError(
                        ZfsError.CLONES, f"cannot destroy '{path}': "
                        "filesystem has dependent clones\nuse '-R' to "
                        "destroy the following datasets:\n"
                        + "\n".join(outside))
                if snap.holds:
                    raise ZfsError(
                        ZfsError.BUSY, f"cannot destroy snapshot {snap.full}:"
                        " it's being held. Run 'zfs holds -r "
                        f"{snap.full}' to see holders.")
            if item.name in self.busy:
                raise ZfsError(ZfsError.BUSY, f"cannot destroy '{item.name}':"
                                              " dataset is busy")
        if node.parent is None:
            doomed = doomed[1:]
            node.snaps.clear()
        for item in reversed(doomed):
            self._unlink(item)
        return doomed[::-1]

    @staticmethod
    def _dependents(node: Node) -> list[str]:
        return ([s.full for s in node.snaps.values()]
                + [c.name for c in node.children.values()])

    def _unlink(self, node: Node) -> None:
        node.snaps.clear()
        del self.nodes[node.name]
        del node.parent.children[node.leaf]
        node.parent.kids -= node.charged
        node.parent.settle()
        origin, node.origin = node.origin, None
        if origin is not None:
            origin.clones.pop(node.guid, None)
            self.reap(origin)

    def set(self, name: str, props: dict[str, str]) -> None:
        if "@" in name:
            snap = self.snap(name, "set property for")
            if any(":" not in key for key in props):
                raise ZfsError(ZfsError.INVALID, f"cannot set property for "
                               f"'{name}': this property can not be modified "
                               "for snapshots")
            snap.user.update(props)
            return
        node = self.node(name, "set property for")
        for key, value in props.items():
            if ":" in key:
                node.user[key] = value
            else:
                self._set_native(node, key, value)
        node.settle()

    def _set_native(self, node: Node, key: str, value: str) -> None:
        refused = f"cannot set property for '{node.name}': "
        if key not in NATIVE or node.kind not in NATIVE[key].kinds:
            raise ZfsError(ZfsError.INVALID,
                           refused + f"invalid property '{key}'")
        if key in ("quota", "refquota") and int(value):
            floor = node.used() if key == "quota" else node.data
            if int(value) < floor:
                raise ZfsError(ZfsError.NO_SPACE, refused + "size is less "
                               "than current used or reserved space")
        if key in ("reservation", "refreservation"):
            more = int(value) - max(node.number(key), node.data)
            if more > self.available(node):
                raise ZfsError(ZfsError.NO_SPACE, refused + "size is greater "
                                                            "than available "
                                                            "space")
        if key == "volsize":
            self._resize(node, int(value))
        node.local[key] = value

    def _resize(self, node: Node, size: int) -> None:
        """A reservation libzfs computed grows with the volume."""
        block = node.number("volblocksize")
        old = volume_reservation(node.number("volsize"), block)
        if node.number("refreservation") != old:
            return
        new = volume_reservation(size, block)
        if new - old > self.available(node):
            raise ZfsError(ZfsError.NO_SPACE, f"cannot set property for "
                           f"'{node.name}': size is greater than available "
                           "space")
        node.local["refreservation"] = str(new)

    def inherit(self, name: str, keys: list[str]) -> None:
        if "@" in name:
            snap = self.snap(name, "inherit property for")
            for key in keys:
                snap.user.pop(key, None)
            return
        node = self.node(name, "inherit property for")
        for key in keys:
            node.local.pop(key, None)
            node.received.pop(key, None)
            node.user.pop(key, None)
            node.received_user.pop(key, None)
        node.settle()

    def rename(self, path: str, target: str) -> None:
        node = self.node(path, "rename")
        if target == path:
            return
        if target.split("/", 1)[0] != path.split("/", 1)[0]:
            raise ZfsError(ZfsError.INVALID, f"cannot rename '{path}': "
                           "datasets must be within same pool")
        parent = self._place(target, "rename")
        if parent is node or target.startswith(path + "/"):
            raise ZfsError(ZfsError.INVALID, f"cannot rename '{path}': "
                           "new dataset name cannot be a descendant of "
                           "current dataset name")
        moved = list(node.below())
        for item in moved:
            del self.nodes[item.name]
        del node.parent.children[node.leaf]
        node.parent.kids -= node.charged
        node.parent.settle()
        for item in moved:
            item.name = target + item.name[len(path):]
            self.nodes[item.name] = item
        node.parent = parent
        parent.children[node.leaf] = node
        parent.kids += node.charged
        parent.settle()

    # -- reaping: a deferred snapshot goes with its last clone and hold -----
    def reap(self, snap: Snap) -> bool:
        if snap.deferred and not snap.clones and not snap.holds:
            snap.owner.snaps.pop(snap.name, None)
            return True
        return False
