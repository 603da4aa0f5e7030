# SPDX-License-Identifier: BSD-2-Clause
"""60 volumes at once on a NAS that takes its real time: a service's reload is one
at a time, and every write that needs one waits for it."""
from __future__ import annotations

import time
from collections import Counter
from fnmatch import fnmatchcase
from typing import Any

import pytest

from harness import client, driver
from harness.world import World
from truenas_sim.releases import Cost, by_name

from .conftest import Figures
from .load import Load, percentile
from .test_creates import DEADLINE_S, assert_reachable, request, wait_until_quiet

VOLUMES, FACTOR = 60, 0.2
WRITES_PER_CREATE = {"nfs": 1, "iscsi": 2, "nvmeof": 3}
RELOADING = {"nfs": "sharing.nfs.create", "iscsi": "iscsi.target.create",
             "nvmeof": "nvmet.subsys.create"}
PUBLISH_AFTER = 0.5  # of the time that the reloads will take


def reload_s(method: str) -> float:
    """What a call keeps its service's reload lock for; 0: it needs none."""
    if method.endswith((".query", ".config")):
        return 0
    costs = by_name("25.10").costs
    cost = next((costs[glob] for glob in costs if fnmatchcase(method, glob)), Cost(0))
    return FACTOR * cost.reload / 1000


def node_id(world: World) -> str:
    agent = driver.node(world.directory).start()
    try:
        return agent.csi.NodeGetInfo().node_id
    finally:
        agent.stop()


class Publish:
    """A publish that is asked for while everything else is going on."""

    def __init__(self, world: World, volume_id: str, node: str) -> None:
        self._call = lambda: world.csi.future(
            "ControllerPublishVolume", timeout=60, volume_id=volume_id, node_id=node,
            volume_capability=client.mount())
        self._future: Any = None
        self._begun, self._ended = 0.0, 0.0

    def start(self) -> None:
        self._begun, self._future = time.monotonic(), self._call()
        self._future.add_done_callback(self._note)

    def _note(self, _: Any) -> None:
        self._ended = time.monotonic()

    def seconds(self) -> float:
        """How long it took; its error is raised."""
        self._future.result()
        return self._ended - self._begun


@pytest.mark.parametrize("protocol", WRITES_PER_CREATE)
def test_60_creates_while_reloads_are_serialised(protocol: str, figures: Figures) -> None:
    with World("--latency-factor", str(FACTOR), backends={protocol: {}},
               log={"level": "info"}) as world:
        first = world.create("first", protocol)
        publish = Publish(world, first.volume_id, node_id(world))
        wait_until_quiet(world)
        world.nas.control.command("clear_calls")
        load = Load(world.csi, "CreateVolume", request(protocol), VOLUMES, DEADLINE_S)
        longest = reload_s(RELOADING[protocol])
        load.after(PUBLISH_AFTER * VOLUMES * WRITES_PER_CREATE[protocol] * longest, publish.start)
        outcomes = load.run([f"pvc-{n:02}" for n in range(VOLUMES)], limit_s=240)
        calls = wait_until_quiet(world)
        writes = [call for call in calls if reload_s(call["method"]) > 0]
        floor = sum(reload_s(call["method"]) for call in writes)
        took = (max(call["answered"] for call in writes)
                - min(call["received"] for call in calls))
        sent = [c["params"][0]["name"] for c in calls if c["method"] == "pool.dataset.create"]
        times = [outcome.seconds for outcome in outcomes]
        figures.add(
            f"{VOLUMES} CreateVolume at once, real latencies x {FACTOR}, reloads one at a time",
            protocol=protocol, reload_writes=len(writes),
            reloads_s=f"{floor:.1f}", total_s=f"{took:.1f}", ratio=f"{took / floor:.2f}",
            p50_s=f"{percentile(times, 0.5):.1f}", p99_s=f"{percentile(times, 0.99):.1f}",
            tries=sum(len(o.codes) for o in outcomes),
            publish_s=f"{publish.seconds():.2f}", two_reloads_s=f"{2 * longest:.2f}")
        lost = [o for o in outcomes if o.codes[-1] != "OK"]
        assert lost == [], f"{len(lost)} failed, the first with: {lost[0].text}"
        assert len(sent) == len(set(sent)) == VOLUMES
        assert world.nas.control.command("stats")["refused_by_limit"] == 0
        assert world.violations() == []
        assert len(writes) <= VOLUMES * WRITES_PER_CREATE[protocol], \
            Counter(call["method"] for call in writes)
        assert took <= 1.1 * floor
        assert publish.seconds() <= 2 * longest
