# SPDX-License-Identifier: BSD-2-Clause
"""csi-sanity, whole, for one protocol and access type."""
from __future__ import annotations

from pathlib import Path

from csi import sanity_run

from . import leftovers
from .site import PAYLOAD, Site


def run(protocol: str, access: str, only_node: bool = False) -> tuple[int, int]:
    """How many cases passed and failed; prints the failed ones."""
    with Site() as site:
        work = Path(site.directory)
        outcome = sanity_run.run(
            str(PAYLOAD / "csi-sanity"), work, node=str(site.node.socket),
            controller=str(site.controller.socket), parameters={"protocol": protocol},
            access=access, timeout_s=2400,
            focus=sanity_run.NODE_CASES if only_node else "")
        bad = list(outcome.failed)
        bad += sanity_run.unexpected_skips(
            outcome, PAYLOAD / "tests/csi/sanity-skips.txt",
            sanity_run.NODE_CASES if only_node else "")
        bad += leftovers.left(str(site.kubelet))
        print(f"{protocol}/{access}: {outcome.passed} passed, {len(bad)} not, "
              f"{len(outcome.skipped)} need what we do not advertise; "
              f"node {site.node.memory_kib()['VmRSS']} KiB, "
              f"controller {site.controller.memory_kib()['VmRSS']} KiB")
        for text in bad:
            print(f"  FAILED {text}")
        if bad:
            print((work / "node.log").read_text()[-5000:])
    return outcome.passed, len(bad)
