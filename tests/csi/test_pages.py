# SPDX-License-Identifier: BSD-2-Clause
"""/healthz, /readyz and /metrics, with the NAS there and gone."""
from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from typing import Iterator

import pytest

from harness.client import Refused
from harness.world import World


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module", name="pages")
def _pages() -> Iterator[tuple[World, str]]:
    port = free_port()
    with World(http={"listen": f"127.0.0.1:{port}"}) as world:
        yield world, f"http://127.0.0.1:{port}"


def get(url: str) -> tuple[int, str]:
    """Status and body, whatever the status is; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError as error:
        return 0, str(error.reason)


def wait_for(url: str, status: int, seconds: float) -> str:
    """Polls until the page has that status."""
    deadline = time.monotonic() + seconds
    while True:
        got, body = get(url)
        if got == status:
            return body
        assert time.monotonic() < deadline, f"{url} still says {got}: {body}"
        time.sleep(0.05)


def test_metrics_count_rpcs_and_nas_calls(pages: tuple[World, str]) -> None:
    world, base = pages
    world.delete(world.create("pvc-count").volume_id)
    with pytest.raises(Refused):
        world.create("pvc-count", "nonsense")
    status, body = get(base + "/metrics")
    assert status == 200
    assert 'scale_csi_rpc_seconds_count{method="CreateVolume",result="OK"} 1' in body
    assert 'scale_csi_rpc_seconds_count{method="CreateVolume",result="FAILED_PRECONDITION"} 1' in body
    assert 'scale_csi_nas_call_seconds_count{method="pool.dataset.create"' in body
    assert "scale_csi_nas_connected 1" in body


def test_unknown_pages_and_methods_are_refused(pages: tuple[World, str]) -> None:
    _, base = pages
    assert get(base + "/nothing")[0] == 404
    request = urllib.request.Request(base + "/healthz", data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    assert caught.value.code in (404, 405)


def test_a_nas_that_is_gone_shows_in_readyz_alone(pages: tuple[World, str]) -> None:
    world, base = pages
    assert "25.10" in wait_for(base + "/readyz", 200, 5)
    world.nas.control.command("restart", pause_ms=1500)
    body = wait_for(base + "/readyz", 503, 3)
    assert "not ready" in body and len(body) > 30
    assert get(base + "/healthz") == (200, "ok\n")
    world.csi.Probe()
    assert world.csi.ControllerGetCapabilities().capabilities
    begun = time.monotonic()
    wait_for(base + "/readyz", 200, 1.5 + 5)
    assert time.monotonic() - begun < 6.5, "work resumes within 5 s after the NAS is back"
    world.delete(world.create("pvc-after").volume_id)
