# SPDX-License-Identifier: BSD-2-Clause
"""What each verb costs in NAS calls, read off the simulator's record.

A call depends on another one if it was sent after that one's answer; the chain
is the longest row of such calls that were answered before the RPC was: what the
user waited for.  The calls in all include those made behind the answer.
"""
from __future__ import annotations

import os
import time
from typing import Any, Callable, Iterator

import pytest

from harness import client
from harness.driver import node
from harness.client import GIB
from harness.world import PROTOCOLS, World

LATENCY_MS = 80  # well above what a busy machine delays a thread
QUIET_S = 0.2

# design section 6: (chain, calls in all)
FRESH = {"nfs": (2, 4), "iscsi": (3, 6), "nvmeof": (2, 6)}
FROM_SNAPSHOT = {"nfs": 4, "iscsi": 5, "nvmeof": 4}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World("--latency-ms", str(LATENCY_MS), "--seed-foreign") as made:
        for protocol in PROTOCOLS:  # warm: ports and portals are looked up once
            made.delete(made.create("warm", protocol).volume_id)
        yield made


def chain(calls: list[dict[str, Any]], until: float) -> int:
    """The longest row of calls each sent after the one before was answered."""
    depth: list[tuple[float, int]] = []
    for call in sorted(calls, key=lambda c: c["received"]):
        if call["answered"] is None or call["answered"] > until:
            continue
        before = [d for answered, d in depth if answered <= call["received"]]
        depth.append((call["answered"], 1 + max(before, default=0)))
    return max((d for _, d in depth), default=0)


def cost(world: World, rpc: Callable[[], Any]) -> tuple[Any, int, int]:
    """The reply, its chain and all its calls."""
    world.nas.control.command("clear_calls")
    reply = rpc()
    # the simulator stamps an answer a moment after the driver has it; what comes
    # behind the RPC's answer takes a whole latency longer
    until = time.monotonic() + LATENCY_MS / 2000
    calls: list[dict[str, Any]] = []
    deadline = until + 5
    while time.monotonic() < deadline:  # what comes behind the answer
        calls = world.nas.control.command("calls", results=False)
        last = max((c["answered"] or float("inf") for c in calls), default=until)
        if time.monotonic() - max(last, until) > QUIET_S:
            break
        time.sleep(0.02)
    return reply, chain(calls, until), len(calls)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_verb_keeps_its_budget(world: World, protocol: str) -> None:
    agent = node(world.directory, name=f"node-{protocol}")
    agent.start()
    node_id = agent.csi.NodeGetInfo().node_id
    agent.stop()
    csi, told, over = world.csi, [], []  # type: ignore[var-annotated]

    def within(verb: str, want_chain: int, want_calls: int | None,
               rpc: Callable[[], Any]) -> Any:
        reply, got_chain, got_calls = cost(world, rpc)
        told.append(f"{verb:<24} chain {got_chain} of {want_chain}, calls {got_calls}"
                    + (f" of {want_calls}" if want_calls else ""))
        if os.environ.get("SCALE_CSI_SHOW_CALLS"):
            told.extend("    " + c["method"] for c in world.nas.control.command("calls"))
        if not 0 < got_chain <= want_chain or got_calls > (want_calls or got_calls):
            over.append(told[-1])
        return reply

    volume = within("CreateVolume", *FRESH[protocol],
                    lambda: world.create(f"pvc-cost-{protocol}", protocol))
    ident = volume.volume_id
    within("CreateVolume again", 2, None, lambda: world.create(f"pvc-cost-{protocol}", protocol))
    publish = {"volume_id": ident, "node_id": node_id, "volume_capability": client.mount()}
    within("publish", 2, None, lambda: csi.ControllerPublishVolume(**publish))
    within("publish again", 1, None, lambda: csi.ControllerPublishVolume(**publish))
    snapshot = within("CreateSnapshot", 2, None, lambda: csi.CreateSnapshot(
        name=f"snap-cost-{protocol}", source_volume_id=ident)).snapshot.snapshot_id
    restored = within("create from snapshot", FROM_SNAPSHOT[protocol], None,
                      lambda: world.create(f"pvc-restored-{protocol}", protocol,
                                           source=client.from_snapshot(snapshot))).volume_id
    cloned = within("create from volume", FROM_SNAPSHOT[protocol] + 1, None,
                    lambda: world.create(f"pvc-clone-{protocol}", protocol,
                                         source=client.from_volume(ident))).volume_id
    within("Expand", 2, None, lambda: csi.ControllerExpandVolume(
        volume_id=ident, capacity_range=client.size(2 * GIB)))
    for gone in (cloned, restored):
        within("DeleteVolume", 4, None, lambda gone=gone: world.delete(gone))
    csi.ControllerUnpublishVolume(volume_id=ident, node_id=node_id)
    csi.DeleteSnapshot(snapshot_id=snapshot)
    within("DeleteVolume", 4, None, lambda: world.delete(ident))
    assert world.violations() == []
    print("\n" + "\n".join(f"{protocol:<7} {line}" for line in told))
    assert not over, "over budget: " + "; ".join(over)
