# SPDX-License-Identifier: BSD-2-Clause
"""500 CreateVolume by 100 callers, every NAS call taking 50 ms, one connection."""
from __future__ import annotations

import time
from typing import Any

import pytest

from harness import client
from harness.client import GIB
from harness.world import World

from . import bare
from .conftest import Figures
from .load import Load, Outcome, percentile

VOLUMES, CALLERS, LATENCY_MS, DEADLINE_S = 500, 100, 50, 10
# What the calls alone take: 4 or 6 of 50 ms for each volume, ten at a time, and
# a tenth on top.
LIMIT_S = {"nfs": 11.0, "iscsi": 16.5, "nvmeof": 16.5}
RSS_MIB = 18
QUIET_S = 0.5


def request(protocol: str) -> Any:
    """The fields of a create, by the volume's name."""
    return lambda name: {
        "name": name, "capacity_range": client.size(GIB),
        "volume_capabilities": [client.mount()], "parameters": {"protocol": protocol}}


def wait_until_quiet(world: World) -> list[dict[str, Any]]:
    """The record, once the NAS has nothing left to answer and hears no more."""
    deadline = time.monotonic() + 30
    while True:
        calls = world.nas.control.command("calls")
        ends = [call["answered"] for call in calls]
        if None not in ends and time.monotonic() - max(ends, default=0) > QUIET_S:
            return calls
        assert time.monotonic() < deadline, "the NAS does not come to rest"
        time.sleep(0.05)


def assert_reachable(world: World, outcomes: list[Outcome]) -> None:
    """Every volume that was answered with OK is on the NAS, with an export of its
    own that points back, and nothing else is."""
    paths = sorted(o.reply.volume.volume_id.partition(":")[2] for o in outcomes)
    assert world.managed() == paths
    assert world.violations() == []


@pytest.mark.parametrize("protocol", LIMIT_S)
def test_500_creates_by_100_callers(protocol: str, figures: Figures) -> None:
    """The limit leaves a tenth, and machines are shared: a run that misses it is
    repeated once.  All else must hold in every run."""
    took = _storm(protocol, figures)
    if took > LIMIT_S[protocol]:
        took = min(took, _storm(protocol, figures))
    assert took <= LIMIT_S[protocol]


def _storm(protocol: str, figures: Figures) -> float:
    """One run; the seconds from the first request to the last answer."""
    with World("--latency-ms", str(LATENCY_MS), backends={protocol: {}},
               log={"level": "info"}) as world:
        world.create("warm", protocol)
        wait_until_quiet(world)
        world.nas.control.command("clear_calls")
        before, cpu = world.controller.memory_kib(), world.controller.cpu_seconds()
        load = Load(world.csi, "CreateVolume", request(protocol), CALLERS, DEADLINE_S)
        begun = time.monotonic()
        outcomes = load.run([f"pvc-{n:04}" for n in range(VOLUMES)], limit_s=120)
        took = time.monotonic() - begun
        calls = wait_until_quiet(world)
        cpu = world.controller.cpu_seconds() - cpu
        after, stats = world.controller.memory_kib(), world.nas.control.command("stats")
        times = [outcome.seconds for outcome in outcomes]
        ratio = cpu / bare.cpu_seconds(calls)
        figures.add(
            f"{VOLUMES} CreateVolume by {CALLERS} callers, {LATENCY_MS} ms per NAS call",
            protocol=protocol, total_s=f"{took:.2f}", limit_s=LIMIT_S[protocol],
            p50_s=f"{percentile(times, 0.5):.2f}", p99_s=f"{percentile(times, 0.99):.2f}",
            NAS_calls=len(calls), in_flight=stats["max_running"],
            sent_at_once=stats["max_outstanding"],
            tries=sum(len(o.codes) for o in outcomes), cpu_s_per_1000=f"{cpu * 2:.2f}",
            cpu_ratio=f"{ratio:.1f}", rss_MiB=_change(before, after, "VmRSS"),
            anon_MiB=_change(before, after, "RssAnon"))
        lost = [o for o in outcomes if o.codes[-1] != "OK"]
        assert lost == [], f"{len(lost)} failed, the first with: {lost[0].text}"
        assert stats["refused_by_limit"] == 0
        assert stats["connections"] == 1
        assert_reachable(world, [*outcomes, Outcome("warm", 0, reply=client.pb.CreateVolumeResponse(
            volume={"volume_id": f"scale-{protocol}:tank/k8s/warm"}))])
        assert after["VmRSS"] <= RSS_MIB * 1024
        return took


def _change(before: dict[str, int], after: dict[str, int], key: str) -> str:
    return f"{before[key] / 1024:.1f} -> {after[key] / 1024:.1f}"
