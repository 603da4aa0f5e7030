# SPDX-License-Identifier: BSD-2-Clause
"""Datasets and snapshots as the API's rows show them."""
from __future__ import annotations

from typing import Any

from .backing import FILESYSTEM, Prop, Resource
from .backing.properties import LIMITS, SIZES, nice

# middleware plugins/pool_/dataset_query_utils.py [25.10]: ZFS's name ->
# the row's name.
_DATASET: dict[str, str] = {
    "dedup": "deduplication", "aclmode": "aclmode", "acltype": "acltype",
    "xattr": "xattr", "atime": "atime",
    "casesensitivity": "casesensitivity", "checksum": "checksum",
    "exec": "exec", "sync": "sync", "compression": "compression",
    "compressratio": "compressratio", "origin": "origin", "quota": "quota",
    "refquota": "refquota", "reservation": "reservation",
    "refreservation": "refreservation", "copies": "copies",
    "snapdir": "snapdir", "readonly": "readonly", "recordsize": "recordsize",
    "special_small_blocks": "special_small_block_size",
    "volsize": "volsize", "volblocksize": "volblocksize",
    "snapdev": "snapdev", "keyformat": "key_format",
    "encryption": "encryption_algorithm", "pbkdf2iters": "pbkdf2iters",
    "used": "used", "usedbychildren": "usedbychildren",
    "usedbydataset": "usedbydataset",
    "usedbyrefreservation": "usedbyrefreservation",
    "usedbysnapshots": "usedbysnapshots", "available": "available",
    "creation": "creation",
}
_UPPER = frozenset((
    "dedup", "aclmode", "acltype", "xattr", "atime", "casesensitivity",
    "checksum", "exec", "sync", "compression", "snapdir", "readonly",
    "snapdev", "keyformat", "encryption"))

# Fields which the NAS keeps as user properties of its own and reports under
# short names inside user_properties (truenas/middleware#19614).
MANAGED: dict[str, str] = {
    "comments": "org.freenas:description",
    "managedby": "org.truenas:managedby",
    "quota_warning": "org.freenas:quota_warning",
    "quota_critical": "org.freenas:quota_critical",
    "refquota_warning": "org.freenas:refquota_warning",
    "refquota_critical": "org.freenas:refquota_critical",
}
_SHORT = {zfs: short for short, zfs in MANAGED.items()}


def parsed(name: str, raw: str) -> Any:
    """A property's value as a program wants it."""
    if name in LIMITS and raw == "0":
        return None
    if name in SIZES or name in ("copies", "pbkdf2iters", "createtxg",
                                 "guid", "userrefs"):
        return int(raw)
    if name == "creation":
        return {"$date": int(raw) * 1000}
    if raw in ("on", "off"):
        return raw == "on"
    return raw


def _shown(name: str, raw: str) -> str | None:
    """A property's value as a person wants it."""
    if name in LIMITS and raw == "0":
        return None
    if name == "keyformat" and raw == "none":
        return None
    if name in SIZES:
        return nice(int(raw))
    if name == "compressratio":
        return f"{raw}x"
    return raw.upper() if name in _UPPER else raw


def _object(name: str, prop: Prop) -> dict:
    return {"parsed": parsed(name, prop.raw), "rawvalue": prop.raw,
            "value": _shown(name, prop.raw), "source": prop.source,
            "source_info": prop.origin}


def user_objects(resource: Resource, always_local: bool) -> dict[str, dict]:
    """User properties as objects, the NAS's own under short names."""
    out = {}
    for key, prop in resource.user().items():
        source = "LOCAL" if always_local else prop.source
        out[_SHORT.get(key, key)] = {
            "parsed": prop.raw, "rawvalue": prop.raw, "value": prop.raw,
            "source": source,
            "source_info": None if always_local else prop.origin}
    return out


def dataset_row(resource: Resource, wanted: list[str] | None, user: bool,
                always_local: bool) -> dict:
    """A `pool.dataset` row without its children."""
    name = resource.name
    is_fs = resource.kind == FILESYSTEM
    row: dict[str, Any] = {
        "id": name, "type": resource.kind, "name": name,
        "pool": name.split("/", 1)[0], "encrypted": False,
        "encryption_root": None, "key_loaded": False, "locked": False,
        "children": [],
    }
    for zfs_name, api_name in _DATASET.items():
        if wanted is not None and not (zfs_name in wanted
                                       or api_name in wanted):
            continue
        prop = resource.prop(zfs_name)
        if prop is not None:
            row[api_name] = _object(zfs_name, prop)
    row["mountpoint"] = f"/mnt/{name}" if is_fs else None
    row["user_properties"] = (user_objects(resource, always_local)
                              if user else {})
    return row


def snapshot_row(resource: Resource, properties: bool | list[str],
                 holds: bool) -> dict:
    """A `pool.snapshot` row; all properties, some or none."""
    dataset, _, leaf = resource.name.partition("@")
    row: dict[str, Any] = {
        "id": resource.name, "name": resource.name, "dataset": dataset,
        "snapshot_name": leaf, "pool": dataset.split("/", 1)[0],
        "type": "SNAPSHOT", "createtxg": str(resource.createtxg),
        "properties": {},
    }
    if properties:
        row["properties"] = _snapshot_properties(resource, properties)
    if holds:
        # plugins/zfs_/snapshot.py: only the tag that `hold` places
        row["holds"] = {tag: when for tag, when in resource.holds().items()
                        if tag == "truenas"}
    return row


def _snapshot_properties(resource: Resource,
                         wanted: bool | list[str]) -> dict:
    out = {}
    for name in resource.names():
        if wanted is not True and name not in wanted:
            continue
        prop = resource.prop(name)
        if prop is not None:
            out[name] = {"value": str(_shown(name, prop.raw)),
                         "rawvalue": prop.raw, "source": prop.source,
                         "parsed": parsed(name, prop.raw)}
    for key, prop in resource.user().items():
        if wanted is True or key in wanted:
            out[key] = {"value": prop.raw, "rawvalue": prop.raw,
                        "source": prop.source, "parsed": prop.raw}
    return out


# plugins/zfs/query_impl.py: what [] stands for, the space-oriented ones
_RESOURCE_DEFAULT = (
    "available", "creation", "mountpoint", "origin", "quota", "readonly",
    "referenced", "refquota", "refreservation", "reservation", "type",
    "used", "usedbychildren", "usedbydataset", "usedbyrefreservation",
    "usedbysnapshots", "volblocksize", "volsize")


def resource_row(resource: Resource, properties: list[str] | None,
                 user: bool, source: bool) -> dict:
    """A `zfs.resource` row without its children."""
    props: dict | None = None
    if properties is not None:
        props = {}
        for name in properties or _RESOURCE_DEFAULT:
            prop = resource.prop(name)
            if prop is not None:
                props[name] = _resource_property(name, prop, source)
    return {
        "createtxg": resource.createtxg, "guid": resource.guid,
        "name": resource.name, "pool": resource.name.split("/", 1)[0],
        "type": resource.kind, "properties": props,
        "user_properties": ({k: p.raw for k, p in resource.user().items()}
                            if user else None),
        "children": None,
    }


def _resource_property(name: str, prop: Prop, source: bool) -> dict:
    value: Any = prop.raw
    if name in SIZES or name in ("creation", "copies", "createtxg", "guid"):
        value = int(prop.raw)
    elif prop.raw in ("on", "off") and name in ("readonly", "atime", "exec"):
        value = prop.raw == "on"
    return {"raw": prop.raw, "value": value,
            "source": ({"type": prop.source, "value": prop.origin}
                       if source else None)}
