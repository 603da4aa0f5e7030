# SPDX-License-Identifier: BSD-2-Clause
"""filesystem.*: paths below /mnt.

Source: middleware plugins/filesystem.py, plugins/filesystem_/acl.py [25.10].
"""
from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING

from .. import accounts
from ..backing import PathFacts
from ..backing.properties import nice
from ..errors import CallError, Invalid
from ..registry import method

if TYPE_CHECKING:
    from ..jobs import Job
    from ..nas import Nas
    from ..record import Call


async def _facts(nas: "Nas", path: str) -> PathFacts:
    found = await nas.backing.path_facts(path)
    if found is None:
        raise CallError(f"Path {path} not found", errno.ENOENT)
    return found


@method("filesystem.stat")
async def stat(nas: "Nas", call: "Call", path: str) -> dict:
    if not path.startswith("/"):
        raise CallError(f"{path}: path must be absolute", errno.EINVAL)
    facts = await _facts(nas, path)
    now = time.time()
    return {
        "realpath": path.rstrip("/"), "type": facts.kind, "size": facts.size,
        "allocation_size": 512, "mode": facts.mode, "mount_id": 100,
        "uid": facts.uid, "gid": facts.gid, "atime": now, "mtime": now,
        "ctime": now, "btime": now, "dev": 50, "inode": 34, "nlink": 2,
        "acl": False, "is_mountpoint": facts.mountpoint, "is_ctldir": False,
        "attributes": [], "user": accounts.user_name(facts.uid),
        "group": accounts.group_name(facts.gid),
    }


@method("filesystem.statfs")
async def statfs(nas: "Nas", call: "Call", path: str) -> dict:
    await _facts(nas, path)
    name = path[len("/mnt/"):].rstrip("/")
    resource = await nas.backing.dataset(name)
    while resource is None and "/" in name:
        name = name.rpartition("/")[0]
        resource = await nas.backing.dataset(name)
    if resource is None:
        raise CallError(f"Path {path} not found", errno.ENOENT)
    free = int(resource.prop("available").raw)
    total = free + int(resource.prop("referenced").raw)
    block = 131072
    out = {"flags": ["RW", "XATTR", "CASESENSITIVE"], "fsid": "9f5c1d2e",
           "fstype": "zfs", "source": name, "dest": f"/mnt/{name}",
           "blocksize": block, "files": free // 512,
           "free_files": free // 512, "name_max": 255}
    for key, size in (("total", total), ("free", free), ("avail", free)):
        out[f"{key}_blocks"] = size // block
        out[f"{key}_blocks_str"] = str(size // block)
        out[f"{key}_bytes"] = size
        out[f"{key}_bytes_str"] = nice(size)
    return out


@method("filesystem.mkdir")
async def mkdir(nas: "Nas", call: "Call", data: dict) -> dict:
    path = data["path"].rstrip("/")
    pools = await nas.backing.pools()
    if not any(path.startswith(f"/mnt/{p}/") for p in pools):
        raise CallError(f"{path}: path is not within a pool", errno.EXDEV)
    mode = int(data["options"].get("mode", "755"), 8)
    try:
        await nas.backing.path_mkdir(path, mode)
    except FileExistsError:
        raise CallError(f"{path}: path already exists.",
                        errno.EEXIST) from None
    except FileNotFoundError:
        raise CallError(f"{path}: parent directory does not exist",
                        errno.ENOENT) from None
    return {
        "name": path.rsplit("/", 1)[1], "path": path, "realpath": path,
        "type": "DIRECTORY", "size": 2, "allocation_size": 512,
        "mode": 0o040000 | mode, "mount_id": 100, "acl": False, "uid": 0,
        "gid": 0, "is_mountpoint": False, "is_ctldir": False,
        "attributes": [], "xattrs": [], "zfs_attrs": ["ARCHIVE"],
    }


def _owner(prefix: str, data: dict) -> tuple[int | None, int | None]:
    """uid and gid given by number or name; None and -1 leave it."""
    out = []
    for number, name, known in (("uid", "user", accounts.USERS),
                                ("gid", "group", accounts.GROUPS)):
        value = data[number]
        if data[name] is not None:
            if data[name] not in known:
                raise Invalid(f"{prefix}.{name}",
                              f"{name.title()} not found: {data[name]}")
            value = known[data[name]]
        out.append(None if value in (None, -1) else value)
    return out[0], out[1]


async def _check_path(nas: "Nas", prefix: str, path: str) -> str:
    path = path.rstrip("/")
    if await nas.backing.path_facts(path) is None:
        raise Invalid(f"{prefix}.path", "Path not found.", errno.ENOENT)
    if path in [f"/mnt/{p}" for p in await nas.backing.pools()]:
        raise Invalid(f"{prefix}.path", "The path must not be the root "
                                        "dataset of a pool")
    return path


@method("filesystem.setperm")
async def setperm(nas: "Nas", call: "Call", data: dict,
                  job: "Job") -> None:
    path = await _check_path(nas, "filesystem.setperm", data["path"])
    uid, gid = _owner("filesystem.setperm", data)
    mode = None if data["mode"] is None else int(data["mode"], 8)
    await nas.backing.path_set(path, mode, uid, gid,
                               data["options"].get("recursive", False))


@method("filesystem.chown")
async def chown(nas: "Nas", call: "Call", data: dict, job: "Job") -> None:
    path = await _check_path(nas, "filesystem.chown", data["path"])
    uid, gid = _owner("filesystem.chown", data)
    if uid is None and gid is None:
        raise Invalid("filesystem.chown", "uid and gid must be specified")
    await nas.backing.path_set(path, None, uid, gid,
                               data["options"].get("recursive", False))
