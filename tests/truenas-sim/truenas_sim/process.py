# SPDX-License-Identifier: BSD-2-Clause
"""Starts and stops a simulator process for a test."""
from __future__ import annotations

import os
import secrets
import select
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .client import Client
from .control import Control

_HOME = Path(__file__).resolve().parent.parent


class Simulator:
    """A running simulator in a directory of its own.

        with Simulator("--seed-foreign") as nas:
            with nas.client() as api:
                api.call("pool.dataset.query")
    """

    def __init__(self, *options: str, tls: tuple[str, str] | None = None,
                 timeout: float = 20) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="truenas-sim-"))
        self.key = f"1-{secrets.token_urlsafe(36)}"
        self.user, self.tls = "csi", tls
        self.key_file = self.directory / "api-key"
        self.key_file.write_text(self.key + "\n")
        self.control_path = str(self.directory / "control")
        argv = [sys.executable, "-m", "truenas_sim",
                "--api-key", str(self.key_file),
                "--control", self.control_path, *options]
        if tls is not None:
            argv += ["--tls-cert", tls[0], "--tls-key", tls[1]]
        self._log = open(self.directory / "log", "wb")
        self.process = subprocess.Popen(
            argv, env={**os.environ, "PYTHONPATH": str(_HOME)},
            stdout=subprocess.PIPE, stderr=self._log)
        self.port = self._await(timeout)
        self.control = Control(self.control_path)

    def _await(self, timeout: float) -> int:
        """The port, which the program prints once it serves calls."""
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        line = self.process.stdout.readline().decode() if ready else ""
        if not line.startswith("listening on port "):
            self.process.kill()
            self.process.wait()
            raise RuntimeError("the simulator did not start: " + self.log())
        return int(line.split()[-1])

    @property
    def url(self) -> str:
        """The address a driver is configured with."""
        scheme = "wss" if self.tls else "ws"
        return f"{scheme}://127.0.0.1:{self.port}/api/current"

    def log(self) -> str:
        """What the process printed; empty when all went well."""
        self._log.flush()
        return (self.directory / "log").read_text(errors="replace")

    def client(self, login: bool = True, **options: Any) -> Client:
        """A connected client, logged in unless told otherwise."""
        context = None
        if self.tls is not None:
            context = ssl.create_default_context(cafile=self.tls[0])
        api = Client("127.0.0.1", self.port, tls=context, **options)
        if login:
            answer = api.login(self.user, self.key)
            if answer["response_type"] != "SUCCESS":
                raise RuntimeError(f"login failed: {answer}")
        return api

    def stop(self) -> None:
        """Ends the process and removes its directory."""
        self.control.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.stop()
