# SPDX-License-Identifier: BSD-2-Clause
"""The NAS in its namespace and the driver's two programs beside it."""
from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import driver
from harness.pod import KUBELET
from harness.world import PROTOCOLS

from truenas_sim.client import Client
from truenas_sim.control import Control

PAYLOAD = Path("/payload")
ADDRESS = "10.77.1.1"
IN_NAS = ["nsenter", "--net=/run/netns/nas"]


class Nas:
    """The simulator over this kernel's storage, behind TLS."""

    def __init__(self, directory: Path) -> None:
        self.user, self.key = "csi", "1-" + "k" * 64
        self.key_file = directory / "api-key"
        self.key_file.write_text(self.key + "\n")
        self.ca, self.port = PAYLOAD / "tls/nas.crt", 443
        ready, control = directory / "ready", directory / "control"
        self.log_path = directory / "nas.log"
        argv = [*IN_NAS, "/usr/bin/python3", "-m", "truenas_sim", "--backing", "linux",
                "--listen", f"{ADDRESS}:{self.port}", "--address", ADDRESS,
                "--portal", ADDRESS, "--nvmet-port", f"{ADDRESS}:4420",
                "--tls-cert", str(self.ca), "--tls-key", str(PAYLOAD / "tls/nas.key"),
                "--api-key", str(self.key_file), "--control", str(control),
                "--ready-file", str(ready), "--login-rate", "0"]
        self._log = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            argv, cwd=PAYLOAD / "tests/truenas-sim", stdout=self._log, stderr=self._log)
        deadline = time.monotonic() + 90
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the NAS did not start: {self.log()}")
            time.sleep(0.05)
        json.loads(ready.read_text())
        self.control = Control(str(control), timeout=120)

    @property
    def url(self) -> str:
        return f"wss://{ADDRESS}:{self.port}/api/current"

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def client(self) -> Client:
        import ssl

        context = ssl.create_default_context(cafile=str(self.ca))
        api = Client(ADDRESS, self.port, tls=context)
        api.login(self.user, self.key)
        return api

    def stop(self) -> None:
        self.control.close()
        self.process.terminate()
        self.process.wait(30)


class Site:
    """Everything: use it in a with block."""

    def __init__(self) -> None:
        self.kubelet = KUBELET
        self.directory = Path(tempfile.mkdtemp(prefix="site-"))
        self.nas = Nas(self.directory)
        self.controller = driver.controller(self.directory, {
            "driver": {"name": "csi.scale.io", "instance": "vm"},
            "nas": {"url": self.nas.url, "username": self.nas.user,
                    "apiKeyFile": str(self.nas.key_file), "caFile": str(self.nas.ca),
                    "settle": "500ms"},
            "pools": [{"name": "default", "parent": "tank/k8s"}],
            "backends": {name: {} for name in PROTOCOLS},
            "log": {"level": "debug"}})
        self.node = driver.node(self.directory, {"log": {"level": "debug"}})
        self.start()

    def start(self) -> None:
        self.controller.start(timeout=60)
        self.node.start(timeout=60)

    def restart(self) -> None:
        """Both programs anew, as an upgrade does it."""
        self.controller.stop()
        self.node.stop()
        self.start()

    @property
    def node_id(self) -> str:
        return self.node.csi.NodeGetInfo().node_id

    def close(self, failed: bool) -> None:
        for program in (self.controller, self.node):
            program.stop()
        self.nas.stop()
        if failed:
            for name in ("controller.log", "node.log", "nas.log"):
                text = (self.directory / name).read_text(errors="replace")
                print(f"---- {name}\n{text[-6000:]}")
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, kind: Any, *unused: Any) -> None:
        self.close(kind is not None)
