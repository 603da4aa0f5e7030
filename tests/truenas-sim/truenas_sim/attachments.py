# SPDX-License-Identifier: BSD-2-Clause
"""What hangs on a dataset: shares, extents and namespaces below its path.

Source: middleware common/attachment/__init__.py, plugins/nfs.py,
plugins/iscsi_/fs_attachment_delegate.py,
plugins/nvmet/fs_attachment_delegate.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nas import Nas


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")


def nfs_shares(nas: "Nas", dataset: str) -> list[dict]:
    """Enabled shares at or below the dataset's path."""
    root = f"/mnt/{dataset}"
    return [s for s in nas.db.nfs
            if s["enabled"] and _within(s["path"], root)]


def extents(nas: "Nas", dataset: str) -> list[dict]:
    """Enabled DISK extents on volumes at or below the dataset."""
    return [e for e in nas.db.extent
            if e["enabled"] and e["type"] == "DISK"
            and _within(e["disk"], f"zvol/{dataset}")]


def namespaces(nas: "Nas", dataset: str) -> list[dict]:
    """Enabled namespaces on volumes or files at or below the dataset."""
    return [n for n in nas.db.namespace
            if n["enabled"] and (_within(n["device_path"], f"zvol/{dataset}")
                                 or _within(n["device_path"],
                                            f"/mnt/{dataset}"))]


async def remove(nas: "Nas", dataset: str) -> None:
    """Deletes all of it, whatever ZFS says to the dataset afterwards."""
    db = nas.db
    shares = nfs_shares(nas, dataset)
    for share in shares:
        db.nfs.delete(share["id"])
    if shares:
        await nas.reload("nfs", "sharing.nfs.delete")
    doomed = extents(nas, dataset)
    for extent in doomed:
        targets = set()
        for mapping in db.mapping.by("extent", extent["id"]):
            targets.add(mapping["target"])
            db.mapping.delete(mapping["id"])
        db.extent.delete(extent["id"])
        for target in targets:
            # A target left without any mapping goes, by force.
            if not db.mapping.by("target", target):
                db.target.delete(target)
    if doomed:
        await nas.reload("iscsitarget", "iscsi.target.delete")
    gone = namespaces(nas, dataset)
    for namespace in gone:
        # The empty subsystem with its port and host links stays.
        db.namespace.delete(namespace["id"])
    if gone:
        await nas.reload("nvmet", "nvmet.namespace.delete")


def listing(nas: "Nas", dataset: str) -> list[dict]:
    """pool.dataset.attachments' answer."""
    found = []
    shares = [s["path"] for s in nfs_shares(nas, dataset)]
    if shares:
        found.append({"type": "NFS Share", "service": "nfs",
                      "attachments": shares})
    names = [e["name"] for e in extents(nas, dataset)]
    if names:
        found.append({"type": "iSCSI Extent", "service": "iscsitarget",
                      "attachments": names})
    paths = [n["device_path"] for n in namespaces(nas, dataset)]
    if paths:
        found.append({"type": "NVMe-oF Namespace", "service": "nvmet",
                      "attachments": paths})
    return found
