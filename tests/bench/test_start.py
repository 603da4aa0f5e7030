# SPDX-License-Identifier: BSD-2-Clause
"""How soon the two programs answer, and what the node's weighs."""
from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from harness import driver
from harness.client import Refused
from harness.world import World

from .conftest import Figures
from .probe import first_answer_s

ROUNDS, LIMIT_MS = 20, 30
NODE_RSS_MIB = 10


def add_starts(figures: Figures, name: str, times: list[float]) -> float:
    """The row, and the median in milliseconds."""
    figures.add("exec to the first answered Probe", program=name,
                median_ms=f"{median(times):.1f}", least_ms=f"{min(times):.1f}",
                most_ms=f"{max(times):.1f}", limit_ms=LIMIT_MS)
    return median(times)


def starts_ms(program: driver.Program) -> list[float]:
    return [1000 * first_answer_s(program.argv, program.socket, program.log_path)
            for _ in range(ROUNDS)]


def test_the_controller_answers_within_30_ms(figures: Figures) -> None:
    with World(start=False, log={"level": "info"}) as world:
        times = starts_ms(world.controller)
    assert add_starts(figures, "scale-csi", times) <= LIMIT_MS


def test_the_node_answers_within_30_ms(tmp_path: Path, figures: Figures) -> None:
    times = starts_ms(driver.node(tmp_path))
    assert add_starts(figures, "scale-csi-node", times) <= LIMIT_MS


def test_the_node_stays_small(tmp_path: Path, figures: Figures) -> None:
    agent = driver.node(tmp_path).start()
    try:
        idle = agent.memory_kib()
        for n in range(500):
            agent.csi.NodeGetInfo()
            agent.csi.NodeGetCapabilities()
            with pytest.raises(Refused):
                agent.csi.NodeGetVolumeStats(volume_id=f"scale-nfs:tank/k8s/pvc-{n}",
                                             volume_path=str(tmp_path / "none"))
        busy = agent.memory_kib()
    finally:
        agent.stop()
    for when, memory in (("idle", idle), ("after 1500 calls", busy)):
        figures.add("memory of scale-csi-node", when=when, limit_MiB=NODE_RSS_MIB,
                    rss_MiB=f"{memory['VmRSS'] / 1024:.1f}",
                    anon_MiB=f"{memory['RssAnon'] / 1024:.1f}")
    assert max(idle["VmRSS"], busy["VmRSS"]) <= NODE_RSS_MIB * 1024
