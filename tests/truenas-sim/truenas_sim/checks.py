# SPDX-License-Identifier: BSD-2-Clause
"""Checks that the NAS's models do in code, which no JSON schema shows.

Each returns None or the text of the error.
"""
from __future__ import annotations

import ipaddress
import re
from typing import Any, Callable

from . import query

_TARGET_NAME = re.compile(r"^[-a-z0-9.:]+$")


def target_name_problem(value: str) -> str | None:
    """What is wrong with an iSCSI target's name."""
    # middleware api/v25_10_5/iscsi_target.py
    if not _TARGET_NAME.match(value):
        return ("Assertion failed, Name can only contain lowercase "
                "alphanumeric charactersplus dot (.), dash (-), and colon (:)")
    return None


def _filter_list(value: list) -> str | None:
    # middleware api/v25_10_5/common.py, utils/filter_list.py
    try:
        query.compile_filters(value)
    except ValueError as error:
        return f"Value error, {error}"
    return None


def _query_options(value: dict) -> str | None:
    # middleware api/v25_10_5/common.py: a negative limit passes here
    if value["get"] and (value["offset"] or value["limit"] > 1):
        return ("Value error, Invalid options combination. `get` implies a "
                "single result.")
    if value["limit"] > 10000:
        return "Value error, Options limit must be between 1 and 10000"
    return None


def _unix_mode(value: str | None) -> str | None:
    # middleware api/base/types/filesystem.py: UnixPerm
    if value is None:
        return None
    try:
        mode = int(value, 8)
    except ValueError:
        return ("Value error, Not a valid integer. Must be between 000 and "
                "777")
    if mode & 0o777 != mode:
        return "Value error, Please supply a value between 000 and 777"
    return None


def _setperm(value: dict) -> str | None:
    # middleware api/v25_10_5/filesystem.py
    if value["mode"] is None and not value["options"].get("stripacl"):
        return ("Value error, Payload must either explicitly specify "
                "permissions or contain the stripacl option.")
    return None


def _resource_paths(value: list) -> str | None:
    # middleware api/v25_10_5/zfs_resource_crud.py
    for path in value:
        if path.startswith("/") or path.endswith("/") or "@" in path:
            return f"Value error, Invalid path {path}"
    return None


PARAM_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "filters": _filter_list,
    "query_filters": _filter_list,
}

FIELD_CHECKS: dict[tuple[str, str], Callable[[Any], str | None]] = {
    ("IscsiTargetCreate", "name"): target_name_problem,
    ("IscsiTargetUpdate", "name"): target_name_problem,
    ("FilesystemSetpermArgs", "mode"): _unix_mode,
    ("ZFSResourceQuery", "paths"): _resource_paths,
}

MODEL_CHECKS: dict[str, Callable[[dict], str | None]] = {
    "QueryOptions": _query_options,
    "FilesystemSetpermArgs": _setperm,
}


def _nvmet_address(value: str) -> str | None:
    # middleware api/v25_10_5/nvmet_port.py: _validate_ipaddr
    if not is_address(value):
        return "value is not a valid IPv4 or IPv6 address"
    return None


# A union's string variant which is checked in code: the component it adds to
# the attribute path, and the check.
STRING_VARIANTS: dict[tuple[str, str],
                      tuple[str, Callable[[Any], str | None]]] = {
    ("NVMetPortCreateRDMATCP", "addr_traddr"):
        ("function-after[_validate_ipaddr(), constrained-str]",
         _nvmet_address),
}


def is_address(value: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def tag_text(key: str, tag: str) -> str:
    """How a discriminator's expected tag is printed."""
    # middleware api/v25_10_5/auth.py: its mechanisms are an enum class
    if key == "mechanism":
        return f"<AuthMech.{tag}: '{tag}'>"
    return repr(tag)
