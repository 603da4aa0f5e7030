# SPDX-License-Identifier: BSD-2-Clause
"""Local accounts and the name service, as far as the API looks them up."""
from __future__ import annotations

import re

from .checks import is_address

# Accounts of a fresh installation (middleware tests use root/root).
USERS = {"root": 0, "daemon": 1, "nobody": 65534, "apps": 568,
         "truenas_admin": 950}
GROUPS = {"root": 0, "wheel": 0, "daemon": 1, "nogroup": 65534,
          "apps": 568, "builtin_administrators": 544, "truenas_admin": 950}

_HOST = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})"
                   r"(\.[A-Za-z0-9_-]{1,63})*\.?$")


def user_name(uid: int) -> str | None:
    """The name of a user id."""
    return next((n for n, i in USERS.items() if i == uid), None)


def group_name(gid: int) -> str | None:
    """The name of a group id."""
    return next((n for n, i in GROUPS.items() if i == gid), None)


def resolves(host: str) -> list[str] | None:
    """The addresses of a host; None if it cannot be resolved.

    There is no DNS here: every well-formed name exists but those below
    `.invalid` (RFC 2606), and none has an address that matters.
    """
    if is_address(host):
        return [host]
    if not _HOST.match(host) or host.rstrip(".").endswith("invalid"):
        return None
    return []
