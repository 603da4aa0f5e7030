# SPDX-License-Identifier: BSD-2-Clause
"""Short forms of the calls most tests make."""
from __future__ import annotations

import time
from typing import Any, Callable

import pytest

from truenas_sim.client import ApiError, Client

GIB = 1 << 30
MARK = "truenas-csi:managed_resource"
VOLUME_ID = "truenas-csi:csi_volume_id"


def filesystem(api: Client, name: str, **fields: Any) -> dict:
    """A filesystem below the parent."""
    return api.call("pool.dataset.create",
                    {"name": f"tank/k8s/{name}", **fields})


def volume(api: Client, name: str, size: int = GIB, **fields: Any) -> dict:
    """A sparse volume below the parent."""
    return api.call("pool.dataset.create",
                    {"name": f"tank/k8s/{name}", "type": "VOLUME",
                     "volsize": size, "sparse": True, **fields})


def snapshot(api: Client, name: str, leaf: str, **properties: str) -> dict:
    """A snapshot of a dataset below the parent."""
    return api.call("pool.snapshot.create",
                    {"dataset": f"tank/k8s/{name}", "name": leaf,
                     "properties": properties})


def clone(api: Client, source: str, target: str) -> None:
    """A clone of `name@snapshot`, both below the parent."""
    api.call("pool.snapshot.clone",
             {"snapshot": f"tank/k8s/{source}",
              "dataset_dst": f"tank/k8s/{target}"})


def user(name: str, protocol: str) -> list[dict]:
    """The marks which make a dataset a managed one."""
    return [{"key": MARK, "value": "true"},
            {"key": VOLUME_ID, "value": f"{protocol}:tank/k8s/{name}"}]


def refused(api: Client, method: str, *params: Any) -> ApiError:
    """The error of a call that has to fail."""
    with pytest.raises(ApiError) as caught:
        api.call(method, *params)
    return caught.value


def eventually(holds: Callable[[], Any], what: str) -> None:
    """Asks again and again until it holds; fails after twenty seconds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, f"never seen: {what}"
        time.sleep(0.005)


def names(rows: list[dict]) -> list[str]:
    """The ids of rows, sorted."""
    return sorted(row["id"] for row in rows)
