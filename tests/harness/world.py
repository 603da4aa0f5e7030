# SPDX-License-Identifier: BSD-2-Clause
"""A NAS and a driver that belong together, for one test."""
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from . import client, driver
from .client import GIB, Csi, Refused, block, mount, size
from .paths import BACKENDS

from truenas_sim.process import Simulator  # noqa: E402  (paths sets sys.path)

PROTOCOLS = ("nfs", "iscsi", "nvmeof")


def config_for(simulator: Simulator, backends: dict[str, Any] | None = None,
               **sections: Any) -> dict[str, Any]:
    """The configuration of a controller for this simulator; keys of a section
    are added to what it has, anything else takes its place."""
    config: dict[str, Any] = {
        "driver": {"name": "csi.scale.io", "instance": "test"},
        "nas": {"url": simulator.url, "username": simulator.user,
                "apiKeyFile": str(simulator.key_file),
                "allowPlainLoopback": True, "settle": "300ms"},
        "pools": [{"name": "default", "parent": "tank/k8s"}],
        "backends": backends if backends is not None else {p: {} for p in PROTOCOLS},
        "log": {"level": "debug"},
    }
    for name, keys in sections.items():
        config[name] = {**config.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return config


class World:
    """A simulator, a controller, and short words for the verbs."""

    def __init__(self, *options: str, backends: dict[str, Any] | None = None,
                 backend_dir: Path = BACKENDS, start: bool = True,
                 tls: tuple[str, str] | None = None, **sections: Any) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="scale-csi-"))
        # the tests' own looks log in too: the limit is for the driver's tests
        self.nas = Simulator("--login-rate", "0", *options, tls=tls)
        self.config = config_for(self.nas, backends, **sections)
        self.backend_dir = backend_dir
        self.controller = driver.controller(self.directory, self.config,
                                            backend_dir=backend_dir)
        if start:
            self._start()

    def _start(self) -> None:
        try:
            self.controller.start()
        except BaseException:
            self.close()  # a world that was never made is closed by nobody
            raise

    @property
    def csi(self) -> Csi:
        return self.controller.csi

    def create(self, name: str, protocol: str = "nfs", bytes_: int = GIB, *,
               raw: bool = False, source: Any = None, mode: int = 7,
               csi: Csi | None = None, timeout: float | None = None,
               **parameters: str) -> Any:
        """CreateVolume; the volume."""
        return (csi or self.csi).CreateVolume(
            name=name, capacity_range=size(bytes_),
            volume_capabilities=[block(mode) if raw else mount(mode)],
            parameters={"protocol": protocol, **parameters},
            volume_content_source=source, timeout=timeout).volume

    def delete(self, volume_id: str) -> None:
        self.csi.DeleteVolume(volume_id=volume_id)

    def violations(self) -> list[Any]:
        """What the invariants of the NAS say is wrong, from its state alone."""
        return self.nas.control.command("invariants")

    def managed(self) -> list[str]:
        """What lies below the parent."""
        with self.nas.client() as api:
            rows = api.call("pool.dataset.query", [["id", "^", "tank/k8s/"]])
        return sorted(row["id"] for row in rows)

    def close(self) -> None:
        try:
            self.controller.stop()
        finally:
            self.nas.stop()
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()


__all__ = ["World", "PROTOCOLS", "GIB", "Refused", "block", "client", "config_for",
           "mount", "size"]
