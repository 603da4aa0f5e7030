# SPDX-License-Identifier: BSD-2-Clause
"""Directories on the NAS: stat, mkdir, chmod and chown of real paths."""
from __future__ import annotations

import os
import stat
from typing import Iterator

from ..backing import PathFacts


def facts(path: str) -> PathFacts | None:
    """lstat(2) of a path below /mnt."""
    if not path.startswith("/mnt/"):
        return None
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return PathFacts(_kind(found.st_mode), found.st_mode, found.st_uid,
                     found.st_gid, found.st_size, os.path.ismount(path))


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "DIRECTORY"
    if stat.S_ISREG(mode):
        return "FILE"
    return "SYMLINK" if stat.S_ISLNK(mode) else "OTHER"


def is_device(path: str) -> bool:
    """Whether it is a block device, or a link to one: /dev/zvol has folders
    as well, for the filesystems that have volumes below them."""
    try:
        return stat.S_ISBLK(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def change(path: str, mode: int | None, uid: int | None, gid: int | None,
           recursive: bool) -> None:
    """chmod and chown; symbolic links are not followed."""
    for name in (_tree(path) if recursive else (path,)):
        if uid is not None or gid is not None:
            os.chown(name, -1 if uid is None else uid,
                     -1 if gid is None else gid, follow_symlinks=False)
        if mode is not None and not os.path.islink(name):
            os.chmod(name, mode)


def directories(root: str) -> dict[str, tuple[int, int, int]]:
    """Directories of one filesystem by relative path: mode, uid, gid."""
    found = {}
    for name in _tree(root):
        status = os.lstat(name)
        if stat.S_ISDIR(status.st_mode):
            inner = os.path.relpath(name, root)
            found["" if inner == "." else inner] = (
                stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
    return found


def _tree(root: str) -> Iterator[str]:
    """The root and everything below it in the same filesystem."""
    device = os.lstat(root).st_dev
    yield root
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders
                      if os.lstat(os.path.join(folder, name)).st_dev
                      == device]
        for name in (*folders, *files):
            yield os.path.join(folder, name)
