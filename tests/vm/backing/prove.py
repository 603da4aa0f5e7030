# SPDX-License-Identifier: BSD-2-Clause
"""Runs in the guest, as the NAS: the simulator's linux backing against the
node's own iSCSI and NVMe initiators. Prints a line per claim; the first that
does not hold ends it with a traceback.
"""

from __future__ import annotations

import asyncio
import glob
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from truenas_sim.backing import VOLUME, IscsiConfig, NvmetConfig
from truenas_sim.backing_linux import LinuxBacking

ADDRESS = "10.77.1.1"
BASE = "iqn.2005-10.org.freenas.ctl"
IQN = f"{BASE}:proof"
ME = "iqn.1993-08.org.debian:01:rig"
NAA = "0x6589cfc000000123456789abcdef0123"
DISK = f"/dev/disk/by-id/wwn-{NAA}"
NQN = "nqn.2011-06.com.truenas:uuid:1:proof"
HOST = "nqn.2014-08.org.nvmexpress:uuid:aaaaaaaa-0000-4000-8000-000000000001"
UUID = "0f6d1a52-7a43-4b6c-9a51-2f1f3c7e6b10"
NAMESPACE = f"/dev/disk/by-id/nvme-uuid.{UUID}"
ISCSI_NO_ACCESS = 24  # iscsiadm's exit code
MIB = 1 << 20


def node(*command: str) -> int:
    """Runs a program as the node; its exit code."""
    return subprocess.run(
        ["nsenter", "-t", "1", "-n", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    ).returncode


def iscsiadm(*words: str) -> int:
    return node("iscsiadm", "-m", "node", "-T", IQN, "-p", ADDRESS, *words)


def connect() -> int:
    return node(
        *f"nvme connect -t tcp -n {NQN} -a {ADDRESS} -s 4420".split()
    )


def claim(text: str, holds: bool) -> None:
    assert holds, text
    print(f"ok {text}", flush=True)


def becomes(test: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not test():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def size_of(disk: str) -> int:
    name = os.path.basename(os.path.realpath(disk))
    with open(f"/sys/class/block/{name}/size") as file:
        return int(file.read()) * 512


def iscsi(
    initiators: list[str], chap: bool = False, readonly: bool = False
) -> IscsiConfig:
    """One target with one LUN."""
    group = {
        "portal": 1,
        "initiator": 1,
        "authmethod": "CHAP_MUTUAL" if chap else "NONE",
        "auth": 1 if chap else None,
    }
    auth = {"id": 1, "tag": 1, "user": "user", "secret": "secret12secret"}
    auth |= {"peeruser": "peer", "peersecret": "mutual34mutual"}
    extent = {"id": 1, "name": "e", "type": "DISK", "disk": "zvol/tank/proof"}
    extent |= {"naa": NAA, "enabled": True, "ro": readonly, "blocksize": 512}
    return IscsiConfig(
        settings={"basename": BASE, "listen_port": 3260},
        portals=({"id": 1, "listen": [{"ip": ADDRESS}]},),
        initiators=({"id": 1, "initiators": initiators},),
        auths=(auth,),
        targets=({"id": 1, "name": "proof", "groups": [group]},),
        extents=(extent,),
        mappings=({"id": 1, "target": 1, "extent": 1, "lunid": 0},),
    )


def nvme(any_host: bool, hosts: list[str]) -> NvmetConfig:
    """One subsystem with one namespace on one port."""
    port = {"id": 1, "addr_trtype": "TCP", "addr_traddr": ADDRESS}
    subsystem = {"id": 1, "subnqn": NQN, "serial": "0123456789abcdef0123"}
    namespace = {"subsys_id": 1, "nsid": 1, "device_path": "zvol/tank/proof"}
    identity = {"device_uuid": UUID, "device_nguid": UUID, "enabled": True}
    return NvmetConfig(
        settings={},
        ports=({**port, "addr_trsvcid": 4420, "enabled": True},),
        subsystems=({**subsystem, "allow_any_host": any_host},),
        namespaces=({**namespace, **identity},),
        hosts=tuple(
            {"id": n, "hostnqn": nqn} for n, nqn in enumerate(hosts)
        ),
        port_links=({"port_id": 1, "subsys_id": 1},),
        host_links=tuple(
            {"host_id": n, "subsys_id": 1} for n in range(len(hosts))
        ),
    )


async def prove_iscsi(nas: LinuxBacking) -> None:
    claim("a node record is made", iscsiadm("-o", "new") == 0)
    await nas.apply_iscsi(iscsi(["iqn.2000-01.x:other"]))
    claim("a stranger is refused", iscsiadm("-l") == ISCSI_NO_ACCESS)
    await nas.apply_iscsi(iscsi([ME]))
    claim("a listed initiator logs in", iscsiadm("-l") == 0)
    claim("the disk has the API's NAA", becomes(lambda: os.path.exists(DISK)))
    sessions = await nas.iscsi_sessions()
    claim(
        "the session is seen with name, address and target",
        [(s["initiator"], s["initiator_addr"], s["target"]) for s in sessions]
        == [(ME, "10.77.1.2", IQN)],
    )
    await nas.set_property("tank/proof", {"volsize": str(128 * MIB)})
    await nas.device_resized("tank/proof")
    iscsiadm("-R")
    claim("it grows", becomes(lambda: size_of(DISK) == 128 * MIB))
    claim("logout", iscsiadm("-u") == 0)
    claim("the session is gone", await nas.iscsi_sessions() == [])

    await nas.apply_iscsi(iscsi([ME], chap=True, readonly=True))
    claim("no secret, no login", iscsiadm("-l") == ISCSI_NO_ACCESS)
    for key, value in (
        ("authmethod", "CHAP"),
        ("username", "user"),
        ("password", "secret12secret"),
        ("username_in", "peer"),
        ("password_in", "mutual34mutual"),
    ):
        iscsiadm("-o", "update", "-n", f"node.session.auth.{key}", "-v", value)
    claim("mutual CHAP logs in", iscsiadm("-l") == 0)
    claim("the disk is back", becomes(lambda: os.path.exists(DISK)))
    name = os.path.basename(os.path.realpath(DISK))
    with open(f"/sys/class/block/{name}/ro") as file:
        claim("a read-only extent is read-only", file.read() == "1\n")
    await nas.service_set("iscsitarget", False)
    claim("a stopped service serves nothing", not _iscsi_objects())
    claim("and has no sessions", await nas.iscsi_sessions() == [])
    await nas.service_set("iscsitarget", True)
    iscsiadm("-u")
    claim("the record is deleted", iscsiadm("-o", "delete") == 0)


def _iscsi_objects() -> list[str]:
    root = "/sys/kernel/config/target"
    return glob.glob(f"{root}/iscsi/iqn*") + glob.glob(
        f"{root}/core/iblock_0/0x*"
    )


async def prove_nvme(nas: LinuxBacking) -> None:
    await nas.apply_nvmet(nvme(False, [HOST + "9"]))
    claim("a strange host is refused", connect() != 0)
    await nas.apply_nvmet(nvme(False, [HOST]))
    claim("a listed host connects", connect() == 0)
    claim(
        "the namespace has the API's UUID",
        becomes(lambda: os.path.exists(NAMESPACE)),
    )
    sessions = await nas.nvmet_sessions()
    claim(
        "the controller is seen with host, address and subsystem",
        [(s["hostnqn"], s["host_traddr"], s["subnqn"]) for s in sessions]
        == [(HOST, "10.77.1.2", NQN)],
    )
    await nas.set_property("tank/proof", {"volsize": str(256 * MIB)})
    await nas.device_resized("tank/proof")
    claim(
        "the host is told of growth",
        becomes(lambda: size_of(NAMESPACE) == 256 * MIB),
    )
    await nas.apply_nvmet(nvme(True, [HOST]))
    claim("any host instead of a list", len(await nas.nvmet_sessions()) == 1)
    claim("disconnect", node("nvme", "disconnect", "-n", NQN) == 0)
    await nas.service_set("nvmet", False)
    claim(
        "a stopped service serves nothing",
        not any(
            os.listdir(f"/sys/kernel/config/nvmet/{kind}")
            for kind in ("subsystems", "ports", "hosts")
        ),
    )
    await nas.service_set("nvmet", True)


async def main() -> None:
    nas = LinuxBacking()
    props: dict[str, Any] = {"volsize": str(64 * MIB)}
    await nas.dataset_create("tank/proof", VOLUME, props, {})
    link = "/dev/zvol/tank/proof"
    claim("the volume's device", becomes(lambda: os.path.exists(link)))
    await {"iscsi": prove_iscsi, "nvme": prove_nvme}[sys.argv[1]](nas)
    await nas.dataset_destroy("tank/proof", False, False)
    claim("nothing is left", await nas.dataset("tank/proof") is None)


if __name__ == "__main__":
    asyncio.run(main())
