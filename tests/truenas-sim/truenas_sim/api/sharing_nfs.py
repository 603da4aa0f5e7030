# SPDX-License-Identifier: BSD-2-Clause
"""sharing.nfs.*: NFS shares.

Source: middleware plugins/nfs.py, async_validators.py [25.10].
"""
from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from .. import accounts, query
from ..errors import Collected, InstanceNotFound
from ..registry import crud, method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_EVERYBODY = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


def _entry(row: dict) -> dict:
    return {**row, "locked": False}


async def _rows(nas: "Nas", filters: list, extra: dict) -> list[dict]:
    table = nas.db.nfs
    ids = query.exact(filters, ("id",))
    paths = query.exact(filters, ("path",))
    if ids is not None:
        found = [table.get(i) for i in ids]
        return [_entry(r) for r in found if r]
    if paths is not None:
        return [_entry(r) for p in paths if isinstance(p, str)
                for r in table.by("path", p)]
    return [_entry(r) for r in table]


crud("sharing.nfs", "SharingNFS", _rows)


def _parse_networks(prefix: str, given: list[str],
                    errors: Collected) -> list[Network]:
    attribute, out = f"{prefix}.networks", []
    for index, text in enumerate(given):
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            errors.add(f"{attribute}.{index}",
                       f"{text!r} does not appear to be an IPv4 or IPv6 "
                       "network")
            continue
        if int(network.network_address) == 0:
            errors.add(attribute, f"Do not use {network} to represent "
                                  "all-networks. No entry is required.")
            continue
        if network in out:
            errors.add(attribute, f"Entry {network} is not unique")
        elif any(_overlap(network, other) for other in out):
            errors.add(attribute, f"Overlapped network: {network}")
        out.append(network)
    return out


def _overlap(a: Network, b: Network) -> bool:
    return a.version == b.version and a.overlaps(b)


def _check_hosts(prefix: str, hosts: list[str], networks: list[Network],
                 errors: Collected) -> None:
    attribute = f"{prefix}.hosts"
    for index, host in enumerate(hosts):
        at = f"{attribute}.{index}"
        if any(c.isspace() or c == '"' for c in host):
            errors.add(at, "Cannot contain spaces or quotes")
            continue
        if hosts.index(host) != index:
            errors.add(at, f"Entry {host} is not unique")
            continue
        if host in ("0.0.0.0", "::"):
            errors.add(at, f"Do not use {host} to represent all hosts")
            continue
        if host.startswith("@") or "*" in host or "?" in host:
            continue
        addresses = accounts.resolves(host)
        if addresses is None:
            errors.add(at, f"Unable to resolve host: {host}")
            continue
        for address in addresses:
            ip = ipaddress.ip_address(address)
            if any(ip.version == n.version and ip in n for n in networks):
                errors.add(f"{prefix}.networks", f"Resolved host overlaps "
                                                 f"with network: {host}")


def _check_mapping(prefix: str, data: dict, errors: Collected) -> None:
    for kind in ("maproot", "mapall"):
        user, group = data[f"{kind}_user"], data[f"{kind}_group"]
        if group and not user:
            errors.add(f"{prefix}.{kind}_user", "This field is required when "
                                                "map group is specified")
        if user and user not in accounts.USERS:
            errors.add(f"{prefix}.{kind}_user", f"User not found: {user}")
        if group and group not in accounts.GROUPS:
            errors.add(f"{prefix}.{kind}_group", f"Group not found: {group}")
    if data["maproot_user"] and data["mapall_user"]:
        errors.add(f"{prefix}.mapall_user",
                   "maproot_user disqualifies mapall_user")


def _reach(share: dict) -> list[Network]:
    """The networks a share counts for in the comparison with others."""
    if not share["hosts"] and not share["networks"]:
        return list(_EVERYBODY)
    return [ipaddress.ip_network(n, strict=False)
            for n in share["networks"]]


def _check_others(nas: "Nas", prefix: str, data: dict, mine: int | None,
                  networks: list[Network], errors: Collected) -> None:
    """No host or network may stand in two shares of the same path.

    A share with both lists empty counts as everybody when others are
    compared with it, but brings no network of its own into the comparison:
    two open shares of one path are accepted.
    """
    for other in nas.db.nfs.by("path", data["path"]):
        if other["id"] == mine:
            continue
        for host in data["hosts"]:
            if host in other["hosts"]:
                errors.add(f"{prefix}.hosts", f"Another NFS share already "
                           f"exports {data['path']} for {host}")
        for network in networks:
            if any(_overlap(network, n) for n in _reach(other)):
                errors.add(f"{prefix}.networks", f"Another NFS share already "
                           f"exports {data['path']} for {network}")


async def _validate(nas: "Nas", prefix: str, data: dict,
                    mine: int | None) -> dict:
    errors = Collected()
    path = data["path"]
    pools = await nas.backing.pools()
    inside = any(path == f"/mnt/{p}" or path.startswith(f"/mnt/{p}/")
                 for p in pools)
    if not inside:
        errors.add(f"{prefix}.path",
                   "The path must reside within a pool mount point")
    elif "/.zfs" in path:
        errors.add(f"{prefix}.path", "Paths inside .zfs cannot be shared")
    else:
        facts = await nas.backing.path_facts(path)
        if facts is None:
            errors.add(f"{prefix}.path", "This path does not exist.")
        elif facts.kind == "SYMLINK":
            errors.add(f"{prefix}.path", "Symbolic links cannot be shared.")
    networks = _parse_networks(prefix, data["networks"], errors)
    _check_hosts(prefix, data["hosts"], networks, errors)
    _check_mapping(prefix, data, errors)
    if (any(s.startswith("KRB5") for s in data["security"])
            and "NFSV4" not in nas.db.nfs_config["protocols"]):
        errors.add(f"{prefix}.security", "KRB5 requires the NFSv4 protocol")
    if data["expose_snapshots"]:
        errors.add(f"{prefix}.expose_snapshots",
                   "This is an enterprise feature and may not be enabled "
                   "without a valid license.")
    _check_others(nas, prefix, data, mine, networks, errors)
    errors.check()
    # Host bits are cut.
    return {**data, "networks": [str(n) for n in networks]}


@method("sharing.nfs.create", event="sharing.nfs")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    data = await _validate(nas, "sharingnfs_create", data, None)
    row = nas.db.nfs.insert(data)
    await nas.reload("nfs", "sharing.nfs.create")
    return _entry(row)


@method("sharing.nfs.update", event="sharing.nfs")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = nas.db.nfs.get(ident)
    if old is None:
        raise InstanceNotFound("SharingNFS", ident)
    merged: dict[str, Any] = {**old, **data}
    merged.pop("id")
    merged = await _validate(nas, "sharingnfs_update", merged, ident)
    row = nas.db.nfs.update(ident, merged)
    await nas.reload("nfs", "sharing.nfs.update")
    return _entry(row)


@method("sharing.nfs.delete", event="sharing.nfs")
async def delete(nas: "Nas", call: "Call", ident: int) -> bool:
    if nas.db.nfs.get(ident) is None:
        raise InstanceNotFound("SharingNFS", ident)
    nas.db.nfs.delete(ident)
    await nas.reload("nfs", "sharing.nfs.delete")
    return True
