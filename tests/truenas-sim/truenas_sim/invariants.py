# SPDX-License-Identifier: BSD-2-Clause
"""What must hold of a NAS that a well-behaved driver works on.

Everything is computed from the NAS's state: a dataset is managed if its user
properties say so and name this very dataset, and the prefix of the volume id
says over which protocol it is exported.
"""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .backing import FILESYSTEM

if TYPE_CHECKING:
    from .nas import Nas

MANAGED = "truenas-csi:managed_resource"
VOLUME_ID = "truenas-csi:csi_volume_id"
NFS, ISCSI, NVMEOF = "scale-nfs", "scale-iscsi", "scale-nvmeof"


def _violation(rule: str, name: str, text: str) -> dict:
    return {"rule": rule, "object": name, "text": text}


async def violations(nas: "Nas") -> list[dict]:
    """Every broken invariant: {rule, object, text}."""
    managed = await _managed(nas)
    found: list[dict] = []
    for name, protocol in managed.items():
        found += _exports_of(nas, name, protocol)
    found += await _orphans(nas)
    found += _duplicates(nas)
    found += await _foreign_changes(nas)
    found += await _unmarked(nas, managed)
    return found


async def _managed(nas: "Nas") -> dict[str, str]:
    out = {}
    for resource in await nas.backing.datasets():
        user = resource.user()
        mark, ident = user.get(MANAGED), user.get(VOLUME_ID)
        if mark is None or ident is None or mark.raw != "true":
            continue
        prefix, _, path = ident.raw.partition(":")
        if path == resource.name:
            out[resource.name] = prefix
    return out


def _exports_of(nas: "Nas", name: str, protocol: str) -> list[dict]:
    """A managed dataset has exactly one export, over its protocol."""
    db, zvol = nas.db, f"zvol/{name}"
    shares = db.nfs.by("path", f"/mnt/{name}")
    extents = db.extent.by("disk", zvol)
    spaces = db.namespace.by("device_path", zvol)
    counts = {NFS: len(shares), ISCSI: len(extents), NVMEOF: len(spaces)}
    if protocol not in counts:
        return [_violation("protocol", name,
                           f"volume id has the unknown prefix '{protocol}'")]
    found = []
    for kind, count in counts.items():
        wanted = 1 if kind == protocol else 0
        if count != wanted:
            found.append(_violation(
                "one-export", name, f"has {count} exports over {kind}, "
                                    f"not {wanted}"))
    for extent in extents:
        mappings = db.mapping.by("extent", extent["id"])
        if len(mappings) != 1:
            found.append(_violation(
                "one-export", name, f"extent {extent['id']} has "
                                    f"{len(mappings)} mappings, not 1"))
    for space in spaces:
        if not db.port_link.by("subsys_id", space["subsys_id"]):
            found.append(_violation(
                "one-export", name, f"subsystem {space['subsys_id']} is on "
                                    "no port"))
    return found


async def _orphans(nas: "Nas") -> list[dict]:
    """No export, or piece of one, without what it exports."""
    db, found = nas.db, []

    async def lacks(volume: str) -> bool:
        resource = await nas.backing.dataset(volume.removeprefix("zvol/"))
        return resource is None or resource.kind == FILESYSTEM

    for share in db.nfs:
        if await nas.backing.path_facts(share["path"]) is None:
            found.append(_violation("orphan", f"share {share['id']}",
                                    f"'{share['path']}' is not there"))
    for extent in db.extent:
        if extent["type"] == "DISK" and await lacks(extent["disk"]):
            found.append(_violation("orphan", f"extent {extent['id']}",
                                    f"'{extent['disk']}' is not there"))
        if not db.mapping.by("extent", extent["id"]):
            found.append(_violation("orphan", f"extent {extent['id']}",
                                    f"'{extent['name']}' is in no target"))
    for target in db.target:
        if not db.mapping.by("target", target["id"]):
            found.append(_violation("orphan", f"target {target['id']}",
                                    f"'{target['name']}' has no extent"))
    for mapping in db.mapping:
        if (db.target.get(mapping["target"]) is None
                or db.extent.get(mapping["extent"]) is None):
            found.append(_violation("orphan", f"mapping {mapping['id']}",
                                    "its target or extent is gone"))
    for space in db.namespace:
        if (space["device_type"] == "ZVOL"
                and await lacks(space["device_path"])):
            found.append(_violation("orphan", f"namespace {space['id']}",
                                    f"'{space['device_path']}' is not "
                                    "there"))
    for subsys in db.subsys:
        if not db.namespace.by("subsys_id", subsys["id"]):
            found.append(_violation("orphan", f"subsystem {subsys['id']}",
                                    f"'{subsys['name']}' has no namespace"))
    for link in db.port_link:
        if db.subsys.get(link["subsys_id"]) is None:
            found.append(_violation("orphan", f"port link {link['id']}",
                                    "its subsystem is gone"))
    return found


def _duplicates(nas: "Nas") -> list[dict]:
    """Nothing is exported twice."""
    db, found = nas.db, []
    for what, values in (
            ("share path", [s["path"] for s in db.nfs]),
            ("extent disk", [e["disk"] for e in db.extent if e["disk"]]),
            ("namespace device", [n["device_path"] for n in db.namespace]),
            ("mapping", [(m["target"], m["lunid"]) for m in db.mapping])):
        for value, count in Counter(values).items():
            if count > 1:
                found.append(_violation("duplicate", str(value),
                                        f"is the {what} of {count} objects"))
    return found


async def _foreign_changes(nas: "Nas") -> list[dict]:
    """What was seeded as somebody else's is as it was."""
    if nas.seeded is None:
        return []
    now, found = await foreign_state(nas, nas.seeded), []
    for key, before in nas.seeded["state"].items():
        if now.get(key) != before:
            found.append(_violation("foreign", key, "was changed: "
                                    f"{before!r} became {now.get(key)!r}"))
    return found


async def foreign_state(nas: "Nas", seeded: dict) -> dict[str, Any]:
    """The foreign objects as they are now, by a readable name."""
    dump = await nas.dump(True)
    out: dict[str, Any] = {}
    for name in seeded["datasets"]:
        out[f"dataset {name}"] = dump["datasets"].get(name)
    for table, idents in seeded["rows"].items():
        for ident in idents:
            out[f"{table} {ident}"] = dump["db"][table].get(str(ident))
    return out


async def _unmarked(nas: "Nas", managed: dict[str, str]) -> list[dict]:
    """Nothing without an owner's marks is left below the parent."""
    parent = nas.settings.parent
    foreign = set(nas.seeded["datasets"]) if nas.seeded else set()
    found = []
    for resource in await nas.backing.datasets(parent):
        name = resource.name
        if name == parent or name in managed or name in foreign:
            continue
        if name.rsplit("/", 1)[1].startswith("."):
            continue
        found.append(_violation("unmarked", name,
                                "is neither managed nor foreign"))
    return found
