# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's configuration tree: directories are objects, files attributes,
symbolic links relations."""
from __future__ import annotations

import os
from pathlib import Path

ROOT = Path("/sys/kernel/config")


def read(path: Path) -> str:
    return path.read_text(errors="replace").strip("\n\0 ")


def write(path: Path, value: str | int) -> None:
    """One write(2), without a newline: LIO would take it into a secret."""
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, str(value).encode())
    finally:
        os.close(handle)


def settle(path: Path, value: str | int) -> None:
    """Writes an attribute unless it already reads so: many accept a write
    only before their object is in use."""
    if read(path) != str(value):
        write(path, value)


def names(path: Path) -> list[str]:
    """The objects and links in a directory."""
    return sorted(os.listdir(path)) if path.is_dir() else []


def objects(path: Path) -> list[str]:
    """The directories in a directory that are objects, not attributes."""
    return [name for name in names(path)
            if (path / name).is_dir() and not (path / name).is_symlink()]


def links(path: Path) -> list[Path]:
    """The symbolic links in a directory."""
    return [path / name for name in names(path) if (path / name).is_symlink()]
