# SPDX-License-Identifier: BSD-2-Clause
"""ZFS's native properties as far as the API shows them.

Source: zfsprops(7) of OpenZFS 2.3.
"""
from __future__ import annotations

from typing import NamedTuple

from . import FILESYSTEM, SNAPSHOT, VOLUME


class Native(NamedTuple):
    """A property: its default, whether children inherit it, who has it."""

    default: str
    inherits: bool
    kinds: tuple[str, ...]


_BOTH = (FILESYSTEM, VOLUME)
_ALL = (FILESYSTEM, VOLUME, SNAPSHOT)
_FS = (FILESYSTEM,)

NATIVE: dict[str, Native] = {
    "aclinherit": Native("restricted", True, _FS),
    "aclmode": Native("discard", True, _FS),
    "acltype": Native("off", True, _FS),
    "atime": Native("on", True, _FS),
    "canmount": Native("on", False, _FS),
    "casesensitivity": Native("sensitive", False, _FS),
    "checksum": Native("on", True, _BOTH),
    "compression": Native("on", True, _BOTH),
    "copies": Native("1", True, _BOTH),
    "dedup": Native("off", True, _BOTH),
    "exec": Native("on", True, _FS),
    "logbias": Native("latency", True, _BOTH),
    "primarycache": Native("all", True, _BOTH),
    "quota": Native("0", False, _FS),
    "readonly": Native("off", True, _BOTH),
    "recordsize": Native("131072", True, _FS),
    "refquota": Native("0", False, _FS),
    "refreservation": Native("0", False, _BOTH),
    "reservation": Native("0", False, _BOTH),
    "secondarycache": Native("all", True, _BOTH),
    "snapdev": Native("hidden", True, _BOTH),
    "snapdir": Native("hidden", True, _FS),
    "special_small_blocks": Native("0", True, _FS),
    "sync": Native("standard", True, _BOTH),
    "volblocksize": Native("16384", False, (VOLUME,)),
    "volmode": Native("default", True, (VOLUME,)),
    "volsize": Native("0", False, (VOLUME,)),
    "volthreading": Native("on", True, (VOLUME,)),
    "xattr": Native("sa", True, _FS),
}

# Read-only facts computed from the state.
COMPUTED: dict[str, tuple[str, ...]] = {
    "available": _BOTH,
    "clones": (SNAPSHOT,),
    "compressratio": _ALL,
    "createtxg": _ALL,
    "creation": _ALL,
    "defer_destroy": (SNAPSHOT,),
    "encryption": _ALL,
    "guid": _ALL,
    "inconsistent": _BOTH,
    "keyformat": _BOTH,
    "keylocation": _BOTH,
    "logicalreferenced": _ALL,
    "logicalused": _BOTH,
    "mounted": _FS,
    "mountpoint": _FS,
    "origin": _BOTH,
    "pbkdf2iters": _BOTH,
    "referenced": _ALL,
    "receive_resume_token": _BOTH,
    "type": _ALL,
    "used": _ALL,
    "usedbychildren": _BOTH,
    "usedbydataset": _BOTH,
    "usedbyrefreservation": _BOTH,
    "usedbysnapshots": _BOTH,
    "userrefs": (SNAPSHOT,),
    "volsize": (VOLUME, SNAPSHOT),
    "written": _ALL,
}

SIZES = frozenset((
    "available", "used", "usedbychildren", "usedbydataset",
    "usedbyrefreservation", "usedbysnapshots", "referenced", "quota",
    "refquota", "reservation", "refreservation", "volsize", "volblocksize",
    "recordsize", "special_small_blocks", "logicalused", "logicalreferenced",
    "written"))
# Zero of these is printed as "none".
LIMITS = frozenset(("quota", "refquota", "reservation", "refreservation"))

_UNITS = "BKMGTPE"


def nice(size: int) -> str:
    """A size as zfs(8) prints it: up to three digits and a unit."""
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount /= 1024
        unit += 1
    if unit == 0:
        return f"{size}B"
    if amount == int(amount):
        return f"{int(amount)}{_UNITS[unit]}"
    digits = 2 if amount < 10 else 1 if amount < 100 else 0
    return f"{amount:.{digits}f}{_UNITS[unit]}"


def size_of(text: str) -> int:
    """The bytes of "16K", "1G", "512B" or plain digits."""
    text = text.strip().upper()
    if text in ("", "NONE"):
        return 0
    if text.endswith("B") and len(text) > 1:
        text = text[:-1]
    if text[-1] in _UNITS[1:]:
        scale = 1024 ** _UNITS.index(text[-1])
        return int(float(text[:-1]) * scale)
    return int(text)


def volume_reservation(volsize: int, block: int, copies: int = 1) -> int:
    """The refreservation libzfs computes for a thick volume.

    Source: OpenZFS lib/libzfs/libzfs_dataset.c, volsize plus the indirect
    blocks of 1024 pointers each and seven levels of dnode overhead, counted
    in blocks of 128 KiB.
    """
    blocks = volsize // block
    meta = 7
    while blocks > 1:
        blocks = (blocks + 1023) // 1024
        meta += blocks
    return volsize * copies + meta * min(3, copies + 1) * 131072
