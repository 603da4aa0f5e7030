# SPDX-License-Identifier: BSD-2-Clause
"""Copies of files and trees that keep holes and share blocks if they can."""
from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat

_FICLONE = 0x40049409  # linux/fs.h
_CHUNK = 8 << 20


def copy_file(source: str, target: str) -> None:
    """A copy of the data with the same holes; a reflink where possible."""
    with open(source, "rb", buffering=0) as src, \
            open(target, "wb", buffering=0) as dst:
        size = os.fstat(src.fileno()).st_size
        try:
            fcntl.ioctl(dst.fileno(), _FICLONE, src.fileno())
            return
        except OSError:
            pass  # another filesystem, or one without reflinks
        os.truncate(dst.fileno(), size)
        offset = 0
        while offset < size:
            try:
                offset = os.lseek(src.fileno(), offset, os.SEEK_DATA)
            except OSError as error:
                if error.errno == errno.ENXIO:
                    return  # a hole up to the end
                raise
            end = os.lseek(src.fileno(), offset, os.SEEK_HOLE)
            _copy_range(src.fileno(), dst.fileno(), offset, end)
            offset = end


def _copy_range(src: int, dst: int, offset: int, end: int) -> None:
    while offset < end:
        data = os.pread(src, min(_CHUNK, end - offset), offset)
        if not data:
            return
        os.pwrite(dst, data, offset)
        offset += len(data)


def copy_entry(source: str, target: str) -> None:
    """A copy of a file, symlink or whole directory with owner and mode."""
    facts = os.lstat(source)
    if stat.S_ISLNK(facts.st_mode):
        os.symlink(os.readlink(source), target)
        return
    if stat.S_ISDIR(facts.st_mode):
        os.mkdir(target)
        for name in os.listdir(source):
            copy_entry(os.path.join(source, name),
                       os.path.join(target, name))
    elif stat.S_ISREG(facts.st_mode):
        copy_file(source, target)
    else:
        return  # devices and sockets have no content to keep
    _copy_owner(facts, target)
    shutil.copystat(source, target)


def _copy_owner(facts: os.stat_result, target: str) -> None:
    if (facts.st_uid, facts.st_gid) != (os.geteuid(), os.getegid()):
        os.chown(target, facts.st_uid, facts.st_gid)


def copy_contents(source: str, target: str, skip: set[str]) -> None:
    """Everything in a directory but the names to skip, and its mode."""
    for name in os.listdir(source):
        if name not in skip:
            copy_entry(os.path.join(source, name),
                       os.path.join(target, name))
    _copy_owner(os.lstat(source), target)
    shutil.copystat(source, target)


def remove(path: str) -> None:
    """Removes a file or a tree; nothing is fine too."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def clear(path: str, skip: set[str]) -> None:
    """Empties a directory but for the names to skip."""
    for name in os.listdir(path):
        if name not in skip:
            remove(os.path.join(path, name))
