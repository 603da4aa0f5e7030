# SPDX-License-Identifier: BSD-2-Clause
"""pool.dataset.*: filesystems and volumes.

Source: middleware plugins/pool_/dataset*.py [25.10].
"""
from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from .. import attachments, dataset_rules, query
from ..backing import VOLUME, Resource, ZfsError
from ..entries import dataset_row, snapshot_row
from ..errors import CallError, InstanceNotFound, Invalid
from ..registry import method

if TYPE_CHECKING:
    from ..jobs import Job
    from ..nas import Nas
    from ..record import Call

_DEFAULTS = {"flat": True, "retrieve_children": True, "properties": None,
             "retrieve_user_props": True}


async def _row(nas: "Nas", resource: Resource, extra: dict) -> dict:
    row = dataset_row(resource, extra["properties"],
                      extra["retrieve_user_props"],
                      nas.release.user_source_always_local)
    if extra.get("snapshots") or extra.get("snapshots_count"):
        found = await nas.backing.snapshots(resource.name)
        row["snapshot_count"] = len(found)
        if extra.get("snapshots"):
            row["snapshots"] = [snapshot_row(s, True, False) for s in found]
    return row


async def _with_children(nas: "Nas", resource: Resource,
                         extra: dict) -> dict:
    row = await _row(nas, resource, extra)
    if extra["retrieve_children"]:
        for name in await nas.backing.children(resource.name):
            child = await nas.backing.dataset(name)
            if child is not None:
                row["children"].append(await _with_children(nas, child,
                                                            extra))
    return row


def _likely(resources: list[Resource], filters: list) -> list[Resource]:
    """Without those that a filter on a plain field rules out anyway."""
    plain = [f for f in filters
             if len(f) == 3 and f[0] in ("id", "name", "pool", "type")]
    if not plain:
        return resources
    test = query.compile_filters(plain)
    return [r for r in resources
            if test({"id": r.name, "name": r.name, "type": r.kind,
                     "pool": r.name.split("/", 1)[0]})]


async def _rows(nas: "Nas", filters: list, extra: dict) -> list[dict]:
    extra = {**_DEFAULTS, **extra}
    wanted = query.exact(filters, ("id", "name"))
    if wanted is not None:
        found = [await nas.backing.dataset(n) for n in wanted
                 if isinstance(n, str)]
        resources = [r for r in found if r is not None]
    elif not extra["flat"] and not filters:
        # [25.10]: nested rows only without filters
        pools = [await nas.backing.dataset(p)
                 for p in await nas.backing.pools()]
        return [await _with_children(nas, p, extra) for p in pools]
    else:
        resources = _likely(await nas.backing.datasets(), filters)
    return [await _with_children(nas, r, extra) for r in resources]


@method("pool.dataset.query")
async def run_query(nas: "Nas", call: "Call", filters: list,
                    options: dict) -> Any:
    if options["count"] and nas.release.dataset_count_ignores_filters:
        return len(await nas.backing.datasets())
    rows = await _rows(nas, filters, options["extra"])
    return query.run(rows, filters, options)


async def _entry(nas: "Nas", name: str, extra: dict | None = None) -> dict:
    resource = await nas.backing.dataset(name)
    if resource is None:
        raise InstanceNotFound("PoolDataset", name)
    return await _with_children(nas, resource, {**_DEFAULTS, **(extra or {})})


@method("pool.dataset.get_instance")
async def get_instance(nas: "Nas", call: "Call", name: Any,
                       options: dict) -> dict:
    row = await _entry(nas, name, options.get("extra"))
    if options.get("select"):
        return query.select(row, options["select"])
    return row


@method("pool.dataset.create", event="pool.dataset")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    dataset_rules.preset(data)
    await dataset_rules.check_create(nas, data)
    name, backing = data["name"], nas.backing
    props, user = dataset_rules.create_properties(data)
    try:
        if data["create_ancestors"]:
            await _create_ancestors(nas, name)
        await backing.dataset_create(name, data["type"], props, user)
    except ZfsError as error:
        raise CallError(f"Failed to create dataset: {error.text}") from None
    return await _entry(nas, name)


async def _create_ancestors(nas: "Nas", name: str) -> None:
    parts = name.split("/")
    for depth in range(2, len(parts)):
        above = "/".join(parts[:depth])
        if await nas.backing.dataset(above) is None:
            await nas.backing.dataset_create(above, "FILESYSTEM", {}, {})


@method("pool.dataset.update", event="pool.dataset")
async def update(nas: "Nas", call: "Call", name: str, data: dict) -> dict:
    current = await nas.backing.dataset(name)
    if current is None:
        raise Invalid("id", f"{name} does not exist", errno.ENOENT)
    await dataset_rules.check_update(nas, current, data)
    to_set, inherit = dataset_rules.native(data)
    user_set, user_inherit = dataset_rules.managed(data)
    if "user_properties" in data:
        kept = {p["key"]: p["value"] for p in data["user_properties"]}
        user_inherit += [k for k, p in current.user().items()
                         if p.source == "LOCAL" and k not in kept]
        user_set.update(kept)
    for item in data.get("user_properties_update", ()):
        if item.get("remove"):
            user_inherit.append(item["key"])
        else:
            user_set[item["key"]] = item["value"]
    try:
        # One after the other: a failure leaves the first ones done.
        for key, value in {**to_set, **user_set}.items():
            await nas.backing.set_property(name, {key: value})
        for key in (*inherit, *user_inherit):
            await nas.backing.inherit_property(name, [key])
    except ZfsError as error:
        raise CallError(f"Failed to update dataset: {error.text}") from None
    if current.kind == VOLUME and "volsize" in data:
        # plugins/iscsi_/scst.py, plugins/nvmet/namespace.py: at once
        await nas.backing.device_resized(name)
    if current.kind == VOLUME and "readonly" in data:
        await _push_readonly(nas, name)
    return await _entry(nas, name)


async def _push_readonly(nas: "Nas", name: str) -> None:
    """A volume's readonly goes to its extent."""
    found = nas.db.extent.by("disk", f"zvol/{name}")
    fresh = await nas.backing.dataset(name)
    for extent in found:
        nas.db.extent.update(extent["id"],
                             {"ro": fresh.prop("readonly").raw == "on"})
    if found:
        await nas.reload("iscsitarget", "iscsi.extent.update")


@method("pool.dataset.delete", event="pool.dataset")
async def delete(nas: "Nas", call: "Call", name: str, options: dict) -> bool:
    recursive = options.get("recursive", False)
    if not recursive and await nas.backing.children(name):
        raise CallError(f"Failed to delete dataset: cannot destroy "
                        f"'{name}': filesystem has children",
                        errno.ENOTEMPTY)
    if await nas.backing.dataset(name) is None:
        raise InstanceNotFound("PoolDataset", name)
    await attachments.remove(nas, name)
    try:
        await nas.backing.dataset_destroy(name, recursive,
                                          options.get("force", False))
    except ZfsError as error:
        number = (errno.EBUSY if "is busy" in error.text
                  else errno.EFAULT)
        raise CallError(f"Failed to delete dataset: {error.text}",
                        number) from None
    return True


@method("pool.dataset.promote")
async def promote(nas: "Nas", call: "Call", name: str) -> None:
    if await nas.backing.dataset(name) is None:
        raise InstanceNotFound("PoolDataset", name)
    try:
        await nas.backing.promote(name)
    except ZfsError as error:
        raise CallError(f"Failed to promote dataset: {error.text}") from None


@method("pool.dataset.rename")
async def rename(nas: "Nas", call: "Call", name: str, data: dict) -> None:
    if await nas.backing.dataset(name) is None:
        raise InstanceNotFound("PoolDataset", name)
    if not data["force"]:
        raise Invalid("pool.dataset.rename.force", "Renaming a dataset can "
                      "break shares, VMs and apps: set it to go on anyway")
    try:
        await nas.backing.rename(name, data["new_name"])
    except ZfsError as error:
        raise CallError(f"Failed to rename dataset: {error.text}") from None


@method("pool.dataset.attachments")
async def list_attachments(nas: "Nas", call: "Call", name: str) -> list:
    if await nas.backing.dataset(name) is None:
        raise InstanceNotFound("PoolDataset", name)
    return attachments.listing(nas, name)


@method("pool.dataset.processes")
async def processes(nas: "Nas", call: "Call", name: str) -> list:
    if await nas.backing.dataset(name) is None:
        raise InstanceNotFound("PoolDataset", name)
    return []


@method("pool.dataset.set_quota")
async def set_quota(nas: "Nas", call: "Call", name: str,
                    quotas: list) -> None:
    for index, item in enumerate(quotas):
        if item["quota_type"] != "DATASET":
            continue
        if item["id"] not in ("QUOTA", "REFQUOTA"):
            raise Invalid(f"quotas.{index}.id", "id for quota_type DATASET "
                          "must be either \"QUOTA\" or \"REFQUOTA\"")
        try:
            # No minimum here, unlike create and update.
            await nas.backing.set_property(
                name, {item["id"].lower(): str(item["quota_value"] or 0)})
        except ZfsError as error:
            raise CallError("Failed to update dataset: "
                            f"{error.text}") from None


@method("pool.dataset.get_quota")
async def get_quota(nas: "Nas", call: "Call", name: str, kind: str,
                    filters: list, options: dict) -> Any:
    resource = await nas.backing.dataset(name)
    if resource is None:
        raise InstanceNotFound("PoolDataset", name)
    rows = []
    if kind == "DATASET":
        rows.append({"quota_type": "DATASET", "id": name, "name": name,
                     "quota": int(resource.prop("quota").raw),
                     "refquota": int(resource.prop("refquota").raw),
                     "used_bytes": int(resource.prop("used").raw)})
    return query.run(rows, filters, options)


@method("pool.dataset.snapshot_count")
async def snapshot_count(nas: "Nas", call: "Call", name: str) -> int:
    return len(await nas.backing.snapshots(name))


@method("pool.dataset.recordsize_choices")
async def recordsize_choices(nas: "Nas", call: "Call",
                             pool: str | None) -> list:
    return dataset_rules.RECORDSIZES


@method("pool.dataset.recommended_zvol_blocksize")
async def recommended_blocksize(nas: "Nas", call: "Call", pool: str) -> str:
    return dataset_rules.DEFAULT_BLOCK


@method("pool.dataset.destroy_snapshots")
async def destroy_snapshots(nas: "Nas", call: "Call", name: str,
                            spec: dict, job: "Job") -> list:
    names = [s.name.partition("@")[2]
             for s in await nas.backing.snapshots(name)]
    if spec["all"]:
        chosen = names
    else:
        chosen = []
        for item in spec["snapshots"]:
            chosen += [item] if isinstance(item, str) else _span(names, item)
    try:
        for leaf in chosen:
            await nas.backing.snapshot_destroy(f"{name}@{leaf}", False,
                                               spec["recursive"])
    except ZfsError as error:
        raise CallError("Failed to destroy snapshots: "
                        f"{error.text}") from None
    return chosen


def _span(names: list[str], item: dict) -> list[str]:
    """The snapshots from `start` to `end`, both counted in."""
    first = names.index(item["start"]) if item["start"] in names else 0
    last = (names.index(item["end"]) if item["end"] in names
            else len(names) - 1)
    return names[first:last + 1]
