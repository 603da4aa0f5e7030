# SPDX-License-Identifier: BSD-2-Clause
"""What pool.dataset.create and .update accept, and the ZFS they turn into.

Source: middleware plugins/pool_/dataset.py [25.10].
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .backing import FILESYSTEM, VOLUME, Resource
from .backing.properties import size_of, volume_reservation
from .entries import MANAGED
from .errors import Collected

if TYPE_CHECKING:
    from .nas import Nas

_COMPONENT = re.compile(r"^[a-zA-Z0-9_.: -]+$")

# The row's field -> ZFS's property; texts are given in lower case.
_TEXT = {
    "sync": "sync", "snapdev": "snapdev", "compression": "compression",
    "exec": "exec", "snapdir": "snapdir", "deduplication": "dedup",
    "checksum": "checksum", "readonly": "readonly", "aclmode": "aclmode",
    "acltype": "acltype", "atime": "atime",
    "casesensitivity": "casesensitivity",
}
_SIZE = {
    "reservation": "reservation", "refreservation": "refreservation",
    "special_small_block_size": "special_small_blocks", "copies": "copies",
    "quota": "quota", "refquota": "refquota", "recordsize": "recordsize",
    "volsize": "volsize", "volblocksize": "volblocksize",
}
# plugins/pool_/dataset.py: what a share_type other than GENERIC presets
_PRESETS = {
    "SMB": {"casesensitivity": "INSENSITIVE", "acltype": "NFSV4",
            "aclmode": "RESTRICTED"},
    "OTHER": {"casesensitivity": "SENSITIVE", "atime": "OFF",
              "acltype": "NFSV4", "aclmode": "PASSTHROUGH"},
}
RECORDSIZES = ["512", "512B", "1K", "2K", "4K", "8K", "16K", "32K", "64K",
               "128K", "256K", "512K", "1M", "2M", "4M", "8M", "16M"]
DEFAULT_BLOCK = "16K"


def preset(data: dict) -> None:
    """Fills in what the share_type of a filesystem implies."""
    kind = data.get("share_type", "GENERIC")
    if data["type"] != FILESYSTEM or kind == "GENERIC":
        return
    values = _PRESETS["SMB" if kind == "SMB" else "OTHER"]
    for key, value in values.items():
        data.setdefault(key, value)


def native(data: dict) -> tuple[dict[str, str], list[str]]:
    """ZFS properties to set and those to inherit."""
    to_set: dict[str, str] = {}
    inherit: list[str] = []
    for key, value in data.items():
        if key in _TEXT:
            if value == "INHERIT":
                inherit.append(_TEXT[key])
            else:
                to_set[_TEXT[key]] = value.lower()
        elif key in _SIZE:
            if value == "INHERIT":
                inherit.append(_SIZE[key])
            else:
                to_set[_SIZE[key]] = str(size_of(str(value or 0)))
    return to_set, inherit


def managed(data: dict) -> tuple[dict[str, str], list[str]]:
    """The NAS's own user properties to set and to inherit."""
    to_set: dict[str, str] = {}
    inherit: list[str] = []
    for short, key in MANAGED.items():
        if short not in data:
            continue
        if data[short] == "INHERIT":
            inherit.append(key)
        else:
            to_set[key] = str(data[short])
    return to_set, inherit


def _check_name(name: str, errors: Collected) -> bool:
    attribute = "pool_dataset_create.name"
    if "/" not in name:
        errors.add(attribute, "You need a full name, e.g. pool/newdataset")
        return False
    if name.endswith(" "):
        errors.add(attribute, "Trailing spaces are not permitted in dataset "
                              "names")
        return False
    if (len(name.encode()) > 255
            or not all(part not in ("", ".", "..") and _COMPONENT.match(part)
                       for part in name.split("/"))):
        errors.add(attribute, f"'{name}' is not a valid dataset name")
        return False
    return True


async def _check_parent(nas: "Nas", data: dict,
                        errors: Collected) -> Resource | None:
    attribute, path = "pool_dataset_create.name", data["name"]
    parent_name = path.rpartition("/")[0]
    parent = await nas.backing.dataset(parent_name)
    if parent is None and data["create_ancestors"]:
        while parent is None and "/" in parent_name:
            parent_name = parent_name.rpartition("/")[0]
            parent = await nas.backing.dataset(parent_name)
    if parent is None:
        errors.add(attribute, f"Parent dataset {parent_name} does not exist"
                   if "/" in parent_name
                   else f"Pool {parent_name} does not exist")
        return None
    if parent.kind == VOLUME:
        errors.add(attribute, f"Parent dataset {parent_name} is a volume, "
                              "filesystem expected")
        return None
    if parent.prop("readonly").raw == "on":
        errors.add(attribute, f"Turn off readonly mode on {parent_name} to "
                              "create a dataset")
        return None
    return parent


def _check_acl(prefix: str, data: dict, mode_from: Resource,
               type_from: Resource, errors: Collected) -> None:
    """Effective ACL type and mode must fit each other."""
    def effective(key: str, source: Resource) -> str:
        value = data.get(key, "INHERIT")
        if value != "INHERIT":
            return value
        return source.prop(key).raw.upper()

    mode = effective("aclmode", mode_from)
    kind = effective("acltype", type_from)
    if kind in ("POSIX", "OFF") and mode != "DISCARD":
        errors.add(f"{prefix}.aclmode",
                   "Must be set to DISCARD when acltype is POSIX or OFF")
    if kind == "NFSV4" and mode == "DISCARD":
        errors.add(f"{prefix}.aclmode", "DISCARD aclmode may not be set for "
                                        "NFSv4 acl type")


def _check_volume(prefix: str, data: dict, available: int, block: int,
                  errors: Collected) -> None:
    size = data["volsize"]
    if size <= 0:
        errors.add(f"{prefix}.volsize", "Value must be greater than zero")
        return
    if not data.get("force_size") and size > available * 80 // 100:
        # sparse volumes too
        errors.add(f"{prefix}.volsize", "It is not recommended to use more "
                   "than 80% of your available space for VOLUME")
    if size % block:
        errors.add(f"{prefix}.volsize", "Volume size should be a multiple of "
                                        "volume block size")


async def check_create(nas: "Nas", data: dict) -> None:
    """Raises all that speaks against a creation."""
    errors, prefix = Collected(), "pool_dataset_create"
    if not _check_name(data["name"], errors):
        errors.check()
    parent = await _check_parent(nas, data, errors)
    if parent is None:
        errors.check()
    if data["type"] == FILESYSTEM:
        _check_acl(prefix, data, parent, parent, errors)
        if data.get("recordsize", "INHERIT") not in (*RECORDSIZES,
                                                     "INHERIT"):
            errors.add(f"{prefix}.recordsize",
                       f"'{data['recordsize']}' is an invalid recordsize.")
    else:
        block = size_of(data.get("volblocksize", DEFAULT_BLOCK))
        _check_volume(prefix, data, int(parent.prop("available").raw), block,
                      errors)
    if not data["inherit_encryption"] or data["encryption"]:
        errors.add(f"{prefix}.encryption", "The simulator has no encryption")
    if await nas.backing.path_facts(f"/mnt/{data['name']}"):
        errors.add(f"{prefix}.name",
                   f"Path /mnt/{data['name']} already exists")
    errors.check()


def create_properties(data: dict) -> tuple[dict[str, str], dict[str, str]]:
    """Native and user properties which a creation gives ZFS."""
    props, _ = native(data)
    user, _ = managed(data)
    user.update({p["key"]: p["value"] for p in data["user_properties"]})
    if data["type"] == VOLUME:
        props.setdefault("volblocksize", str(size_of(DEFAULT_BLOCK)))
        if not data.get("sparse") and "refreservation" not in props:
            # zfs create -V without -s
            props["refreservation"] = str(volume_reservation(
                data["volsize"], int(props["volblocksize"])))
    return ({k: v for k, v in props.items()
             if v != "0" or k not in ("quota", "refquota", "reservation",
                                      "refreservation")}, user)


async def check_update(nas: "Nas", current: Resource, data: dict) -> None:
    """Raises all that speaks against an update."""
    errors, prefix = Collected(), "pool_dataset_update"
    if "user_properties" in data and "user_properties_update" in data:
        errors.add(f"{prefix}.user_properties_update",
                   "Should not be specified when \"user_properties\" are "
                   "explicitly specified")
    for index, item in enumerate(data.get("user_properties_update", ())):
        if "value" in item and item.get("remove"):
            errors.add(f"{prefix}.user_properties_update.{index}.remove",
                       "When value is specified, this cannot be set")
        elif "value" not in item and not item.get("remove"):
            errors.add(f"{prefix}.user_properties_update.{index}.value",
                       "Value must be specified")
    wrong = (("volsize", "force_size") if current.kind == FILESYSTEM else
             ("quota", "refquota", "aclmode", "acltype", "atime",
              "recordsize"))
    for key in wrong:
        if key in data:
            errors.add(f"{prefix}.{key}", "This field is not valid for "
                                          f"{current.kind}")
    if current.kind == FILESYSTEM and {"aclmode", "acltype"} & data.keys():
        _check_acl(prefix, data, current, current, errors)
    if current.kind == VOLUME and "volsize" in data:
        await _check_growth(nas, current, data, errors)
    errors.check()


async def _check_growth(nas: "Nas", current: Resource, data: dict,
                        errors: Collected) -> None:
    attribute = "pool_dataset_update.volsize"
    if data["volsize"] < int(current.prop("volsize").raw):
        errors.add(attribute, "You cannot shrink a zvol from GUI, this may "
                              "lead to data loss.")
        return
    parent = await nas.backing.dataset(current.name.rpartition("/")[0])
    room = (int(parent.prop("available").raw)
            + int(current.prop("used").raw))
    _check_volume("pool_dataset_update", data, room,
                  int(current.prop("volblocksize").raw), errors)
