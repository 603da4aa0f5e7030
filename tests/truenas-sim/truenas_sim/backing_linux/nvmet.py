# SPDX-License-Identifier: BSD-2-Clause
"""The NVMe-oF target: nvmet through configfs.

Source of the layout: middleware etc_files/nvmet_kernel.py [25.10].
"""
from __future__ import annotations

import os
from pathlib import Path

from ..backing import NvmetConfig
from . import configfs, paths

ROOT = configfs.ROOT / "nvmet"
# Debian's kernel is built without nvmet's debugfs, and in the VM node and NAS
# are one kernel: the node's controllers are the target's other ends.
CONTROLLERS = Path("/sys/class/nvme")
MODEL = "TrueNAS NVMe-oF"


class Nvmet:
    """Makes configfs agree with the database's rows."""

    def apply(self, config: NvmetConfig | None) -> None:
        """Serves exactly this; None takes everything down."""
        subsystems = {row["subnqn"]: row for row in config.subsystems
                      } if config else {}
        ports = {str(row["id"]): row for row in config.ports
                 if row["enabled"] and row["addr_trtype"] == "TCP"
                 } if config else {}
        hosts = {row["hostnqn"]: row for row in config.hosts
                 } if config else {}
        links = _wanted_links(config, subsystems, ports) if config else set()
        _prune_links(links)
        for nqn in configfs.objects(ROOT / "subsystems"):
            wanted = _wanted_namespaces(config, subsystems.get(nqn))
            _prune_namespaces(nqn, wanted)
            _prune_hosts(nqn, _wanted_hosts(config, subsystems.get(nqn)))
            if nqn not in subsystems:
                (ROOT / "subsystems" / nqn).rmdir()
        for ident in configfs.objects(ROOT / "ports"):
            if ident not in ports or _address(ident) != _wanted(ports[ident]):
                _drop_port(ident)
        for nqn in configfs.objects(ROOT / "hosts"):
            if nqn not in hosts:
                (ROOT / "hosts" / nqn).rmdir()
        for row in hosts.values():
            _fill_host(row)
        for nqn, row in subsystems.items():
            _fill_subsystem(nqn, row, _wanted_namespaces(config, row),
                            _wanted_hosts(config, row))
        for ident, row in ports.items():
            _fill_port(ident, row)
        for ident, nqn in sorted(links):
            link = ROOT / "ports" / ident / "subsystems" / nqn
            if not link.is_symlink():
                os.symlink(ROOT / "subsystems" / nqn, link)

    def resized(self, device: str) -> None:
        """Tells the hosts of a volume that it has grown."""
        for path in _namespaces():
            if configfs.read(path / "device_path") == device:
                configfs.write(path / "revalidate_size", 1)

    def sessions(self) -> list[dict]:
        """Live controllers with host and subsystem."""
        found = []
        for name in configfs.names(CONTROLLERS):
            path = CONTROLLERS / name
            if not (path / "subsysnqn").exists():
                continue
            address = dict(
                part.split("=", 1)
                for part in configfs.read(path / "address").split(",")
                if "=" in part)
            nqn = configfs.read(path / "subsysnqn")
            if (configfs.read(path / "state") != "live"
                    or not (ROOT / "subsystems" / nqn).exists()):
                continue
            found.append({
                "host_traddr": address.get("src_addr")
                or address.get("host_traddr", ""),
                "hostnqn": configfs.read(path / "hostnqn"),
                "subnqn": nqn,
                "port_id": _port_of(address),
                "ctrl": int(configfs.read(path / "cntlid")),
            })
        return found

    def served(self) -> dict[str, dict[str, str]]:
        """Subsystems on a port, and the device behind each namespace."""
        found = {}
        for nqn, access in self.access().items():
            root = ROOT / "subsystems" / nqn / "namespaces"
            if access["ports"]:
                found[nqn] = {nsid: configfs.read(root / nsid / "device_path")
                              for nsid in configfs.objects(root)}
        return found

    def access(self) -> dict[str, dict]:
        """Where each subsystem listens and who may connect."""
        found: dict[str, dict] = {}
        for nqn in configfs.objects(ROOT / "subsystems"):
            path = ROOT / "subsystems" / nqn
            found[nqn] = {
                "any_host": configfs.read(path / "attr_allow_any_host")
                == "1",
                "hosts": configfs.names(path / "allowed_hosts"),
                "ports": sorted(
                    ":".join(_address(ident)) for ident
                    in configfs.objects(ROOT / "ports")
                    if (ROOT / "ports" / ident / "subsystems"
                        / nqn).is_symlink()),
            }
        return found


# -- what is wanted ---------------------------------------------------------
def _wanted_links(config: NvmetConfig, subsystems: dict[str, dict],
                  ports: dict[str, dict]) -> set[tuple[str, str]]:
    names = {row["id"]: nqn for nqn, row in subsystems.items()}
    return {(str(row["port_id"]), names[row["subsys_id"]])
            for row in config.port_links
            if row["subsys_id"] in names and str(row["port_id"]) in ports}


def _wanted_namespaces(config: NvmetConfig | None,
                       subsystem: dict | None) -> dict[str, dict]:
    if config is None or subsystem is None:
        return {}
    return {str(row["nsid"]): row for row in config.namespaces
            if row["subsys_id"] == subsystem["id"] and row["enabled"]
            and (paths.is_device(_device(row))
                 or os.path.isfile(_device(row)))}


def _wanted_hosts(config: NvmetConfig | None,
                  subsystem: dict | None) -> set[str]:
    if config is None or subsystem is None or subsystem["allow_any_host"]:
        return set()  # nvmet refuses a list of hosts beside "any host"
    names = {row["id"]: row["hostnqn"] for row in config.hosts}
    return {names[row["host_id"]] for row in config.host_links
            if row["subsys_id"] == subsystem["id"]
            and row["host_id"] in names}


def _device(namespace: dict) -> str:
    path = namespace["device_path"]
    return path if path.startswith("/") else f"/dev/{path}"


def _wanted(port: dict) -> tuple[str, str]:
    return port["addr_traddr"], str(port["addr_trsvcid"])


# -- what configfs holds ----------------------------------------------------
def _namespaces() -> list[Path]:
    return [ROOT / "subsystems" / nqn / "namespaces" / nsid
            for nqn in configfs.objects(ROOT / "subsystems")
            for nsid in configfs.objects(ROOT / "subsystems" / nqn
                                         / "namespaces")]


def _address(ident: str) -> tuple[str, str]:
    port = ROOT / "ports" / ident
    return (configfs.read(port / "addr_traddr"),
            configfs.read(port / "addr_trsvcid"))


def _port_of(address: dict[str, str]) -> int | None:
    wanted = (address.get("traddr", ""), address.get("trsvcid", ""))
    for ident in configfs.objects(ROOT / "ports"):
        if _address(ident) == wanted:
            return int(ident)
    return None


# -- changes ----------------------------------------------------------------
def _prune_links(links: set[tuple[str, str]]) -> None:
    for ident in configfs.objects(ROOT / "ports"):
        for link in configfs.links(ROOT / "ports" / ident / "subsystems"):
            if (ident, link.name) not in links:
                link.unlink()


def _prune_namespaces(nqn: str, wanted: dict[str, dict]) -> None:
    root = ROOT / "subsystems" / nqn / "namespaces"
    for nsid in configfs.objects(root):
        row = wanted.get(nsid)
        if row is None or not _is_same(root / nsid, row):
            configfs.settle(root / nsid / "enable", 0)
            (root / nsid).rmdir()


def _is_same(path: Path, row: dict) -> bool:
    return (configfs.read(path / "device_path") == _device(row)
            and configfs.read(path / "device_uuid") == row["device_uuid"])


def _prune_hosts(nqn: str, wanted: set[str]) -> None:
    for link in configfs.links(ROOT / "subsystems" / nqn / "allowed_hosts"):
        if link.name not in wanted:
            link.unlink()


def _drop_port(ident: str) -> None:
    port = ROOT / "ports" / ident
    for link in configfs.links(port / "subsystems"):
        link.unlink()
    port.rmdir()


def _fill_host(row: dict) -> None:
    path = ROOT / "hosts" / row["hostnqn"]
    path.mkdir(exist_ok=True)
    for column in ("dhchap_key", "dhchap_ctrl_key"):
        if row.get(column):
            configfs.settle(path / column, row[column])


def _fill_subsystem(nqn: str, row: dict, namespaces: dict[str, dict],
                    hosts: set[str]) -> None:
    path = ROOT / "subsystems" / nqn
    if not path.exists():
        path.mkdir()
        configfs.write(path / "attr_model", MODEL)
        configfs.write(path / "attr_serial", row["serial"])
    configfs.settle(path / "attr_allow_any_host",
                    int(bool(row["allow_any_host"])))
    for nsid, namespace in namespaces.items():
        _fill_namespace(path / "namespaces" / nsid, namespace)
    for host in hosts:
        link = path / "allowed_hosts" / host
        if not link.is_symlink():
            os.symlink(ROOT / "hosts" / host, link)


def _fill_namespace(path: Path, row: dict) -> None:
    if path.exists():
        return
    path.mkdir()
    configfs.write(path / "device_path", _device(row))
    configfs.write(path / "device_uuid", row["device_uuid"])
    configfs.write(path / "device_nguid", row["device_nguid"])
    configfs.write(path / "enable", 1)


def _fill_port(ident: str, row: dict) -> None:
    path = ROOT / "ports" / ident
    if path.exists():
        return
    address, service = _wanted(row)
    path.mkdir()
    configfs.write(path / "addr_trtype", "tcp")
    configfs.write(path / "addr_adrfam", "ipv6" if ":" in address else "ipv4")
    configfs.write(path / "addr_traddr", address)
    configfs.write(path / "addr_trsvcid", service)
