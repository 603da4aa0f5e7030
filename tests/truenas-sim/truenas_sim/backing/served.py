# SPDX-License-Identifier: BSD-2-Clause
"""What the pretended servers serve, out of what was last applied to them."""
from __future__ import annotations

from typing import Any

from . import IscsiConfig, NfsConfig, NvmetConfig


def nfs(config: NfsConfig) -> dict[str, list[str]]:
    """Exported paths and the clients of each."""
    # middleware etc_files/exports.mako: two empty lists are everybody
    out: dict[str, list[str]] = {}
    for share in config.shares:
        if share["enabled"]:
            clients = [*share["hosts"], *share["networks"]] or ["*"]
            out.setdefault(share["path"], []).extend(clients)
    return {path: sorted(set(clients))
            for path, clients in sorted(out.items())}


def iscsi(config: IscsiConfig) -> dict[str, dict[str, str]]:
    """Targets with at least one LUN, and the device behind each LUN."""
    # middleware etc_files/scst.conf.mako: without a LUN it is disabled
    extents = {row["id"]: row for row in config.extents if row["enabled"]}
    names = {row["id"]: f"{config.settings['basename']}:{row['name']}"
             for row in config.targets}
    out: dict[str, dict[str, str]] = {}
    for row in config.mappings:
        if row["target"] in names and row["extent"] in extents:
            out.setdefault(names[row["target"]], {})[str(row["lunid"])] = \
                f"/dev/{extents[row['extent']]['disk']}"
    return out


def nvmet(config: NvmetConfig) -> dict[str, dict[str, Any]]:
    """Subsystems on a port, and the device behind each namespace."""
    linked = {row["subsys_id"] for row in config.port_links}
    return {row["subnqn"]: {str(space["nsid"]): f"/dev/{space['device_path']}"
                            for space in config.namespaces
                            if space["subsys_id"] == row["id"]
                            and space["enabled"]}
            for row in config.subsystems if row["id"] in linked}
