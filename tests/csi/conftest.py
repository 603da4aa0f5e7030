# SPDX-License-Identifier: BSD-2-Clause
"""One world for a module's tests; each test leaves the NAS as it found it."""
from __future__ import annotations

from typing import Iterator

import pytest

from harness.driver import node
from harness.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World("--seed-foreign") as made:
        yield made
        assert made.violations() == []


@pytest.fixture(scope="module")
def node_id(world: World) -> str:
    """The id a node program of this machine gives itself."""
    agent = node(world.directory)
    agent.start()
    try:
        return agent.csi.NodeGetInfo().node_id
    finally:
        agent.stop()


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test made is gone when it ends, and nothing foreign has changed."""
    if "world" not in request.fixturenames:
        yield
        return
    world: World = request.getfixturevalue("world")
    before = world.managed()
    yield
    assert world.managed() == before
    assert world.violations() == []
