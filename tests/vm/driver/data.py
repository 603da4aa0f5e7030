# SPDX-License-Identifier: BSD-2-Clause
"""What is written through one attach is there in the next one, byte for byte."""
from __future__ import annotations

import time

from harness.life import GIB, Kind, Life

from . import leftovers
from .site import Site


def kind_of(protocol: str, access: str) -> Kind:
    """A share's quota is at least 1 GiB; a disk is formatted faster when small."""
    made = {"name": f"pvc-{protocol}-{access}", "parameters": {"protocol": protocol},
            "raw": access == "block"}
    return Kind(**made, size=GIB) if protocol == "nfs" else Kind(**made)


def run(protocol: str, access: str) -> None:
    """One protocol and access type, from an empty machine to an empty machine."""
    with Site() as site:
        before = leftovers.left(str(site.kubelet))
        begun = time.monotonic()

        def say(text: str) -> None:
            print(f"  {text:<60} {time.monotonic() - begun:6.1f} s", flush=True)

        Life(site, kind_of(protocol, access), site.restart, say).run()
        after = leftovers.left(str(site.kubelet))
        assert after == before == [], f"left over: {after}"
        say("nothing is left in the kernel's and the pool's own lists")
