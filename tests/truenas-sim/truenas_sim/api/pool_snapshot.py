# SPDX-License-Identifier: BSD-2-Clause
"""pool.snapshot.*: snapshots, clones, holds.

Source: middleware plugins/pool_/snapshot.py, plugins/zfs_/snapshot*.py
[25.10].
"""
from __future__ import annotations

import errno
import re
import time
from typing import TYPE_CHECKING, Any

from .. import query
from ..backing import Resource, ZfsError
from ..backing.properties import SIZES, size_of
from ..entries import snapshot_row
from ..errors import CallError, InstanceNotFound, Invalid
from ..registry import method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_LEAF = re.compile(r"^[a-zA-Z0-9_.: -]+$")


async def _find(nas: "Nas", name: str) -> Resource:
    found = (await nas.backing.snapshot(name)
             if isinstance(name, str) else None)
    if found is None:
        raise InstanceNotFound("PoolSnapshot", name)
    return found


@method("pool.snapshot.query")
async def run_query(nas: "Nas", call: "Call", filters: list,
                    options: dict) -> Any:
    extra, chosen = options["extra"], options["select"]
    names = query.exact(filters, ("id", "name"))
    datasets = query.exact(filters, ("dataset",))
    if names is not None:
        found = [await nas.backing.snapshot(n) for n in names
                 if isinstance(n, str)]
    elif datasets is not None:
        found = [s for d in datasets for s in await nas.backing.snapshots(d)]
    else:
        found = list(await nas.backing.snapshots())
    if extra.get("retention") and names is None and not options["limit"]:
        # "retention" is costly: an id or a limit has to be given
        raise Invalid("query-options.extra.retention",
                      "`id` is required if `retention` is requested")
    wants = not chosen or "properties" in chosen
    wants = wants or any(f[0] not in ("id", "name", "dataset", "pool")
                         for f in filters)
    properties = extra.get("properties") if wants else []
    rows = [snapshot_row(s, True if properties is None else properties,
                         extra.get("holds", False))
            for s in found if s is not None]
    # `select` takes plain keys of the row only, no paths and no aliases.
    plain = {**options, "select": []}
    result = query.run(rows, filters, plain)
    if not chosen or options["count"]:
        return result
    keys = [k for k in chosen if isinstance(k, str)]
    if isinstance(result, dict):
        return {k: result[k] for k in keys if k in result}
    return [{k: row[k] for k in keys if k in row} for row in result]


@method("pool.snapshot.get_instance")
async def get_instance(nas: "Nas", call: "Call", name: Any,
                       options: dict) -> dict:
    extra = options.get("extra") or {}
    return snapshot_row(await _find(nas, name), True,
                        extra.get("holds", False))


@method("pool.snapshot.create", event="pool.snapshot")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    dataset = data["dataset"]
    leaf = data.get("name") or time.strftime(data["naming_schema"])
    if not _LEAF.match(leaf):
        raise CallError(f"Failed to snapshot {dataset}@{leaf}: "
                        "invalid snapshot name")
    user = {str(k): str(v) for k, v in data["properties"].items()}
    try:
        await nas.backing.snapshot_create(dataset, leaf, user,
                                          data["recursive"])
    except ZfsError as error:
        number = (errno.EEXIST if error.code == ZfsError.EXISTS
                  else errno.EFAULT)
        raise CallError(f"Failed to snapshot {dataset}@{leaf}: "
                        f"{error.text}", number) from None
    return snapshot_row(await _find(nas, f"{dataset}@{leaf}"), True, False)


@method("pool.snapshot.update", event="pool.snapshot")
async def update(nas: "Nas", call: "Call", name: str, data: dict) -> dict:
    await _find(nas, name)
    removed = data["user_properties_remove"]
    changed = {p["key"]: p["value"] for p in data["user_properties_update"]}
    both = set(removed) & set(changed)
    if both:
        raise Invalid("snapshot_update.user_properties_remove",
                      f"{', '.join(sorted(both))} cannot be both updated and "
                      "removed")
    try:
        if changed:
            await nas.backing.set_property(name, changed)
        if removed:
            await nas.backing.inherit_property(name, removed)
    except ZfsError as error:
        raise CallError(f"Failed to update snapshot: {error.text}") from None
    return snapshot_row(await _find(nas, name), True, False)


@method("pool.snapshot.delete", event="pool.snapshot")
async def delete(nas: "Nas", call: "Call", name: str, options: dict) -> bool:
    found = await _find(nas, name)
    defer = options.get("defer", False)
    clones = found.prop("clones").raw
    if clones and not defer:
        raise Invalid("options.defer", f"Please set this attribute as '{name}"
                      f"' snapshot has dependent clones: "
                      f"{clones.replace(',', ', ')}")
    try:
        await nas.backing.snapshot_destroy(name, defer,
                                           options.get("recursive", False))
    except ZfsError as error:
        raise CallError(f"Failed to delete snapshot: {error.text}") from None
    return True


def _clone_properties(given: dict) -> dict[str, str]:
    """Raw ZFS names and values; sizes may be numbers or have a unit."""
    out = {}
    for key, value in given.items():
        if key in SIZES:
            try:
                out[key] = str(size_of(str(value)))
            except ValueError:
                raise ZfsError(ZfsError.INVALID,
                               f"bad numeric value '{value}'") from None
        else:
            out[key] = str(value)
    return out


@method("pool.snapshot.clone")
async def clone(nas: "Nas", call: "Call", data: dict) -> bool:
    try:
        await nas.backing.clone(data["snapshot"], data["dataset_dst"],
                                _clone_properties(
                                    data["dataset_properties"]))
    except ZfsError as error:
        raise CallError(f"Failed to clone snapshot: {error.text}") from None
    return True


@method("pool.snapshot.rollback")
async def rollback(nas: "Nas", call: "Call", name: str,
                   options: dict) -> None:
    await _find(nas, name)
    try:
        await nas.backing.rollback(name, options.get("recursive", False),
                                   options.get("recursive_clones", False))
    except ZfsError as error:
        raise CallError(f"Failed to rollback snapshot: "
                        f"{error.text}") from None


@method("pool.snapshot.hold")
async def hold(nas: "Nas", call: "Call", name: str, options: dict) -> None:
    await _find(nas, name)
    try:
        await nas.backing.hold(name, "truenas",
                               options.get("recursive", False))
    except ZfsError as error:
        raise CallError(f"Failed to hold snapshot: {error.text}") from None


@method("pool.snapshot.release")
async def release(nas: "Nas", call: "Call", name: str,
                  options: dict) -> None:
    await _find(nas, name)
    try:
        await nas.backing.release(name, options.get("recursive", False))
    except ZfsError as error:
        raise CallError(f"Failed to release snapshot: "
                        f"{error.text}") from None


@method("pool.snapshot.rename")
async def rename(nas: "Nas", call: "Call", name: str, options: dict) -> None:
    await _find(nas, name)
    if not options["force"]:
        raise Invalid("pool.snapshot.rename.force", "Renaming a snapshot can "
                      "break replications and clones: set it to go on anyway")
    try:
        await nas.backing.snapshot_rename(name, options["new_name"])
    except ZfsError as error:
        raise CallError(f"Failed to rename snapshot: {error.text}") from None
