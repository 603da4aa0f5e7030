# SPDX-License-Identifier: BSD-2-Clause
"""What is left, read from the kernel's and ZFS's own lists."""
from __future__ import annotations

import subprocess
from pathlib import Path

from .site import IN_NAS


def _names(folder: str, pattern: str = "*") -> list[str]:
    root = Path(folder)
    return sorted(str(path) for path in root.glob(pattern)) if root.exists() else []


def _output(*argv: str) -> list[str]:
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.strip()]


def _mounts(path: str) -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines()
            if path in line or line.partition(" - ")[2].split()[0] in ("nfs", "nfs4")]


def find(kubelet: str) -> dict[str, list[str]]:
    """Empty lists when nothing is left; each names what it looked at."""
    return {
        "mounts": _mounts(kubelet),
        "targets in pods": _names(kubelet, "pods/*"),
        "iSCSI sessions": _names("/sys/class/iscsi_session"),
        "iSCSI records": (_names("/var/lib/iscsi/nodes", "*")
                          + _names("/etc/iscsi/nodes", "*")),
        "SCSI disks": _names("/sys/class/scsi_disk"),
        "NVMe controllers": [path for path in _names("/sys/class/nvme")
                             if Path(path, "transport").read_text().strip() == "tcp"],
        "LIO targets": _names("/sys/kernel/config/target/iscsi", "iqn.*"),
        "LIO backstores": _names("/sys/kernel/config/target/core", "iblock_*/*/dev"),
        "nvmet subsystems": [path for path in _names("/sys/kernel/config/nvmet/subsystems")
                             if "discovery" not in path],
        "exports": [line for line in _output(*IN_NAS, "exportfs") if "/tank/" in line],
        "datasets": [line for line in _output("zfs", "list", "-H", "-o", "name", "-t", "all")
                     if line.startswith("tank/k8s/")],
    }


def left(kubelet: str) -> list[str]:
    """One line for each kind of thing that is still there."""
    return [f"{kind}: {', '.join(found)}" for kind, found in find(kubelet).items() if found]
