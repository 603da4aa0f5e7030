# SPDX-License-Identifier: BSD-2-Clause
"""From zfs(8)'s words to the backing's error codes.

Source: OpenZFS 2.3 lib/libzfs/libzfs_util.c (libzfs_error_description) and
cmd/zfs/zfs_main.c.  The first row whose text occurs decides.
"""
from __future__ import annotations

from ..backing import ZfsError

_ROWS = (
    ("tag already exists", ZfsError.EXISTS),
    ("conflicts with", ZfsError.EXISTS),
    ("already exists", ZfsError.EXISTS),
    ("parent does not exist", ZfsError.NO_PARENT),
    ("does not exist", ZfsError.MISSING),
    ("could not find any snapshots", ZfsError.MISSING),
    ("no such tag", ZfsError.MISSING),
    ("dependent clones", ZfsError.CLONES),
    ("clones of previous snapshots", ZfsError.CLONES),
    ("has children", ZfsError.CHILDREN),
    ("more recent snapshots", ZfsError.NEWER),
    ("not a cloned", ZfsError.NOT_CLONE),
    ("out of space", ZfsError.NO_SPACE),
    ("size is greater than available", ZfsError.NO_SPACE),
    ("size is less than current", ZfsError.NO_SPACE),
    ("is busy", ZfsError.BUSY),
    ("cannot unmount", ZfsError.BUSY),
)


def refusal(text: str) -> ZfsError:
    """The error for what zfs(8) printed."""
    for part, code in _ROWS:
        if part in text:
            return ZfsError(code, text)
    return ZfsError(ZfsError.INVALID, text)
