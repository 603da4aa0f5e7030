# SPDX-License-Identifier: BSD-2-Clause
"""auth.*: logging in with an API key, and what goes with it.

Source: middleware plugins/auth.py, plugins/auth_/login_ex_impl.py [25.10].
"""
from __future__ import annotations

import asyncio
import random
import secrets
from typing import TYPE_CHECKING

from ..registry import method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call


def _user_info(nas: "Nas") -> dict:
    return {
        "pw_name": nas.settings.user, "pw_gecos": "", "pw_dir": "/var/empty",
        "pw_shell": "/usr/sbin/nologin", "pw_uid": 3001, "pw_gid": 3001,
        "grouplist": [3001, 544], "sid": None, "source": "LOCAL",
        "local": True, "attributes": {},
        "two_factor_config": {"secret_configured": False},
        "privilege": {"roles": {"$set": ["FULL_ADMIN"]},
                      "web_shell": True, "webui_access": True},
        "account_attributes": ["LOCAL", "API_KEY"],
    }


async def _check_key(nas: "Nas", call: "Call", user: str | None,
                     key: str) -> str:
    """SUCCESS, AUTH_ERR or EXPIRED; the connection is logged in by it."""
    wanted = nas.settings.api_key
    known = bool(wanted) and secrets.compare_digest(key.encode(),
                                                    wanted.encode())
    if not known or (user is not None and user != nas.settings.user):
        # Every failure at LEVEL_1 waits a random time.
        nas.stats["failed_logins"] += 1
        await asyncio.sleep(random.uniform(1, 2) * nas.penalty_scale)
        return "AUTH_ERR"
    if key in nas.revoked_keys:
        nas.stats["failed_logins"] += 1
        return "EXPIRED"
    if not call.connection.secure:
        # utils/origin.py: a good key over an insecure line is burnt
        nas.revoked_keys.add(key)
        nas.stats["failed_logins"] += 1
        return "EXPIRED"
    call.connection.user = nas.settings.user
    nas.stats["logins"] += 1
    return "SUCCESS"


@method("auth.login_ex", anonymous=True)
async def login_ex(nas: "Nas", call: "Call", data: dict) -> dict:
    if data["mechanism"] != "API_KEY_PLAIN":
        nas.stats["failed_logins"] += 1
        await asyncio.sleep(random.uniform(1, 2) * nas.penalty_scale)
        return {"response_type": "AUTH_ERR"}
    outcome = await _check_key(nas, call, data["username"], data["api_key"])
    if outcome != "SUCCESS":
        return {"response_type": outcome}
    wants_info = data["login_options"].get("user_info", True)
    return {"response_type": "SUCCESS",
            "user_info": _user_info(nas) if wants_info else None,
            "authenticator": "LEVEL_1"}


@method("auth.login_with_api_key", anonymous=True)
async def login_with_api_key(nas: "Nas", call: "Call", key: str) -> bool:
    return await _check_key(nas, call, None, key) == "SUCCESS"


@method("auth.me")
async def me(nas: "Nas", call: "Call") -> dict:
    return _user_info(nas)


@method("auth.logout")
async def logout(nas: "Nas", call: "Call") -> bool:
    call.connection.user = None
    return True
