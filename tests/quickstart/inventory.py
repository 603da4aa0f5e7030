# SPDX-License-Identifier: BSD-2-Clause
"""What the NAS holds, asked through its API as an admin would."""
from __future__ import annotations

from typing import Any

from .tell import bytes_text

PARENT = "tank/k8s/"


def _datasets(api: Any) -> list[str]:
    lines = []
    for row in api.call("pool.dataset.query", [["id", "^", PARENT]]):
        if row["type"] == "VOLUME":
            size = bytes_text(int(row["volsize"]["rawvalue"]))
            lines.append(f"zvol       {row['id']}  {size}")
        else:
            quota = int(row["refquota"]["rawvalue"] or 0)
            lines.append(f"dataset    {row['id']}  quota {bytes_text(quota)}")
        origin = row.get("origin", {}).get("rawvalue")
        if origin and origin != "-":
            lines[-1] += f"  clone of {origin}"
    return lines


def _snapshots(api: Any) -> list[str]:
    return [f"snapshot   {row['id']}" for row in
            api.call("pool.snapshot.query", [], {"select": ["name", "id"]})
            if row["id"].startswith(PARENT)]


def _exports(api: Any) -> list[str]:
    lines = [f"share      {row['path']}" for row in api.call("sharing.nfs.query")
             if row["path"].startswith("/mnt/" + PARENT)]
    extents = {row["id"]: row for row in api.call("iscsi.extent.query")
               if (row["disk"] or "").startswith("zvol/" + PARENT)}
    targets = {row["id"]: row["name"] for row in api.call("iscsi.target.query")}
    for row in api.call("iscsi.targetextent.query"):
        if row["extent"] in extents:
            lines.append(f"target     {targets[row['target']]}  LUN {row['lunid']} -> "
                         f"{extents[row['extent']]['disk']}")
    for row in api.call("nvmet.namespace.query"):
        if row["device_path"].startswith("zvol/" + PARENT):
            lines.append(f"subsystem  {row['subsys']['subnqn']}  namespace {row['nsid']} -> "
                         f"{row['device_path']}")
    return lines


def look(nas: Any) -> list[str]:
    """A line for each object below our parent."""
    with nas.client() as api:
        return _datasets(api) + _snapshots(api) + _exports(api)
