# SPDX-License-Identifier: BSD-2-Clause
"""replication.run_onetime: full copies inside this NAS.

Source: middleware plugins/replication.py, plugins/zettarepl.py [25.10].
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..backing import FILESYSTEM, ZfsError
from ..errors import CallError, Collected
from ..registry import method

if TYPE_CHECKING:
    from ..jobs import Job
    from ..nas import Nas
    from ..record import Call

_PREFIX = "replication_run_onetime"
# For LOCAL these have to be null.
_REMOTE = ("ssh_credentials", "netcat_active_side",
           "netcat_active_side_port_min", "netcat_active_side_port_max",
           "netcat_active_side_listen_address",
           "netcat_passive_side_connect_address", "compression",
           "speed_limit")


def _check(data: dict) -> None:
    errors = Collected()
    if data["transport"] != "LOCAL":
        errors.add(f"{_PREFIX}.transport",
                   "The simulator has no other NAS to talk to")
    else:
        for key in _REMOTE:
            if data[key] is not None:
                errors.add(f"{_PREFIX}.{key}", "This field has no sense for "
                                               "local replication")
    if data["direction"] == "PULL":
        errors.add(f"{_PREFIX}.direction", "Local replication can only be "
                                           "push")
    if data["name_regex"] is not None:
        try:
            re.compile(f"({data['name_regex']})$")
        except re.error as error:
            errors.add(f"{_PREFIX}.name_regex", f"Invalid regex: {error}")
        if data["naming_schema"] or data["also_include_naming_schema"]:
            errors.add(f"{_PREFIX}.name_regex", "Naming regex can't be used "
                       "with naming schema")
        if data["retention_policy"] not in ("SOURCE", "NONE"):
            errors.add(f"{_PREFIX}.retention_policy", "Only `Same as Source` "
                       "and `None` retention policies can be used with "
                       "naming regex")
    elif not data["also_include_naming_schema"]:
        errors.add(f"{_PREFIX}.also_include_naming_schema",
                   "You must at least either bind a periodic snapshot task "
                   "or provide \"Also Include Naming Schema\" or \"Name "
                   "Regex\" for push replication task")
    if data["encryption"]:
        errors.add(f"{_PREFIX}.encryption", "The simulator has no "
                                            "encryption")
    target = data["target_dataset"]
    for index, source in enumerate(data["source_datasets"]):
        if source == target or source.startswith(target + "/"):
            errors.add(f"{_PREFIX}.target_dataset", "Cannot replicate a "
                       "dataset into itself or its parent")
    errors.check()


def _wanted(data: dict, leaf: str) -> bool:
    if data["name_regex"] is not None:
        return re.match(f"({data['name_regex']})$", leaf) is not None
    for schema in data["also_include_naming_schema"]:
        pattern = re.sub(r"%[a-zA-Z]", r"[0-9]+",
                         re.escape(schema).replace("\\%", "%"))
        if re.fullmatch(pattern, leaf):
            return True
    return False


async def _ancestors(nas: "Nas", path: str) -> None:
    parts = path.split("/")
    for depth in range(2, len(parts)):
        above = "/".join(parts[:depth])
        if await nas.backing.dataset(above) is None:
            await nas.backing.dataset_create(above, FILESYSTEM, {}, {})


async def _copy(nas: "Nas", data: dict, source: str, target: str,
                job: "Job") -> None:
    found = [s.name for s in await nas.backing.snapshots(source)]
    names = [n for n in found if _wanted(data, n.partition("@")[2])]
    if not names:
        raise CallError(f"Dataset {source!r} does not have any matching "
                        "snapshots to replicate")
    existing = await nas.backing.dataset(target)
    if existing is not None:
        if data["only_from_scratch"]:
            raise CallError(f"Target dataset {target!r} already exists and "
                            "replication is only allowed from scratch")
        have = {s.name.partition("@")[2]
                for s in await nas.backing.snapshots(target)}
        names = [n for n in names if n.partition("@")[2] not in have]
        if not have and not data["allow_from_scratch"]:
            raise CallError(f"No incremental base on dataset {source!r} and "
                            "replication from scratch is not allowed")
        if data["readonly"] == "REQUIRE" and \
                existing.prop("readonly").raw != "on":
            raise CallError(f"Target dataset {target!r} exists and does not "
                            "have readonly=on property, but replication task "
                            "is set up to require this property")
    if not names:
        return
    for index, name in enumerate(names, 1):
        job.progress_text = f"Sending {index} of {len(names)}: {name}"
    exclude = list(data["properties_exclude"])
    if data["exclude_mountpoint_property"]:
        exclude.append("mountpoint")
    await nas.backing.send_receive(names, target, data["properties"],
                                   data["properties_override"], exclude)
    if data["readonly"] == "SET":
        await nas.backing.set_property(target, {"readonly": "on"})


@method("replication.run_onetime")
async def run_onetime(nas: "Nas", call: "Call", data: dict,
                      job: "Job") -> None:
    _check(data)
    target, several = data["target_dataset"], len(data["source_datasets"]) > 1
    try:
        for source in data["source_datasets"]:
            if await nas.backing.dataset(source) is None:
                raise CallError(f"Dataset {source!r} does not exist")
            place = (f"{target}/{source.rsplit('/', 1)[1]}" if several
                     else target)
            await _ancestors(nas, place)
            tree = [source]
            if data["recursive"]:
                tree = [r.name for r in await nas.backing.datasets(source)
                        if r.name not in data["exclude"]]
            for name in tree:
                await _copy(nas, data, name, place + name[len(source):], job)
    except ZfsError as error:
        raise CallError(error.text) from None
