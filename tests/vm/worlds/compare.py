# SPDX-License-Identifier: BSD-2-Clause
"""What of an answer and of a dump has to agree between the two worlds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Numbers that each world draws for itself, and space, which a model of a few
# lines cannot know to the byte.
VOLATILE = frozenset(
    "guid createtxg creation used usedbychildren usedbydataset "
    "usedbyrefreservation usedbysnapshots available referenced written "
    "logicalused logicalreferenced compressratio naa serial device_uuid "
    "device_nguid rel_tgt_id size atime mtime ctime btime dev inode mount_id "
    "allocation_size snapshots_changed xattr objsetid refcompressratio "
    "trace".split()
)
DIRECTORIES = "pq"
LIMITS = ("quota", "refquota", "reservation", "refreservation")


def outcome(answer: dict[str, Any]) -> Any:
    """An answer without what may differ: a result, or an error's codes."""
    if "error" not in answer:
        return {"result": _stable(answer["result"])}
    error = answer["error"]
    data = error.get("data") or {}
    extra = data.get("extra")
    fields = (
        sorted([field[0], field[2]] for field in extra)
        if isinstance(extra, list)
        else extra
    )
    return {
        "code": error["code"],
        "errno": data.get("error"),
        "fields": fields,
    }


def state(dump: dict[str, Any]) -> dict[str, Any]:
    """A dump without what may differ; the pool's root belongs to the admin."""
    datasets = {
        name: _dataset(entry)
        for name, entry in dump["datasets"].items()
        if "/" in name
    }
    return {
        "db": _stable(dump["db"]),
        "datasets": datasets,
        "services": dump["services"],
        "served": dump["served"],
    }


def differences(here: Any, there: Any, path: str = "") -> Iterator[str]:
    """Lines "path: model's value, kernel's value"."""
    if isinstance(here, dict) and isinstance(there, dict):
        for key in sorted(here.keys() | there.keys(), key=str):
            yield from differences(
                here.get(key, "nothing"),
                there.get(key, "nothing"),
                f"{path}/{key}",
            )
    elif here != there:
        yield f"{path}: model {here!r}, kernel {there!r}"


def access(dump: dict[str, Any]) -> dict[str, Any]:
    """Where the kernel has to listen, and for whom, by the rows."""
    rows = dump["db"]
    base = rows["iscsi.global"]["basename"]
    return {
        "iscsi": {
            f"{base}:{target['name']}": {
                "portals": ["10.77.1.1:3260"],
                "initiators": [],
            }
            for target in rows["iscsi.target"].values()
        },
        "nvmet": {
            subsystem["subnqn"]: {
                "any_host": bool(subsystem["allow_any_host"]),
                "hosts": _hosts(rows, subsystem),
                "ports": [
                    "10.77.1.1:4420"
                    for row in rows["nvmet.port_subsys"].values()
                    if row["subsys_id"] == subsystem["id"]
                ],
            }
            for subsystem in rows["nvmet.subsys"].values()
        },
    }


def _dataset(entry: dict[str, Any]) -> dict[str, Any]:
    own = {
        key: value
        for key, value in entry["properties"].items()
        if not (key in LIMITS and value == "0")
    }
    # a clone has an empty directory where its origin had a child mounted,
    # which the model leaves out: only what scripts make is compared
    made = {
        path: facts
        for path, facts in entry["directories"].items()
        if not path or path.rpartition("/")[2] in DIRECTORIES
    }
    return {**_stable(entry), "properties": own, "directories": made}


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: _clones(v) if k == "clones" else _stable(v)
            for k, v in value.items()
            if k not in VOLATILE
        }
    if isinstance(value, list):
        # datasets come in no order that anybody promises
        return sorted((_stable(item) for item in value), key=_order)
    return value


def _clones(value: Any) -> Any:
    """A snapshot's clones, listed or joined, in the order of their names."""
    if isinstance(value, dict):
        return {k: _clones(v) for k, v in value.items()}
    return sorted(value.split(",")) if isinstance(value, str) else value


def _order(item: Any) -> str:
    """Rows by id; what has none stays where it is."""
    return str(item.get("id", "")) if isinstance(item, dict) else ""


def _hosts(rows: dict[str, Any], subsystem: dict[str, Any]) -> list[str]:
    if subsystem["allow_any_host"]:
        return []  # nvmet has either a list or "any host"
    return sorted(
        rows["nvmet.host"][str(row["host_id"])]["hostnqn"]
        for row in rows["nvmet.host_subsys"].values()
        if row["subsys_id"] == subsystem["id"]
    )
