# SPDX-License-Identifier: BSD-2-Clause
"""interface.*: one network interface with the NAS's addresses.

Source: middleware plugins/network.py [25.10].
"""
from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..registry import crud, method

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call


def _alias(address: str) -> dict:
    version = ipaddress.ip_address(address).version
    return {"type": "INET" if version == 4 else "INET6",
            "address": address, "netmask": 24 if version == 4 else 64}


async def _interfaces(nas: "Nas", filters: list, extra: dict) -> list[dict]:
    aliases = [_alias(a) for a in nas.settings.addresses]
    return [{
        "id": "ens3", "name": "ens3", "fake": False, "type": "PHYSICAL",
        "state": {"name": "ens3", "orig_name": "ens3", "description": "",
                  "mtu": 1500, "cloned": False, "flags": ["UP", "RUNNING"],
                  "nd6_flags": [], "capabilities": [],
                  "link_state": "LINK_STATE_UP", "media_type": "Ethernet",
                  "media_subtype": "Unknown", "active_media_type":
                  "Ethernet", "active_media_subtype": "Unknown",
                  "supported_media": [], "media_options": None,
                  "link_address": "52:54:00:12:34:56", "aliases": aliases,
                  "vrrp_config": []},
        "aliases": aliases, "ipv4_dhcp": False, "ipv6_auto": False,
        "description": "", "mtu": None,
    }]


crud("interface", "Interface", _interfaces)


@method("interface.ip_in_use")
async def ip_in_use(nas: "Nas", call: "Call", options: dict) -> list:
    return [{**_alias(a), "broadcast": None}
            for a in nas.settings.addresses
            if options.get("loopback") or not
            ipaddress.ip_address(a).is_loopback]
