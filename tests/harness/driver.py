# SPDX-License-Identifier: BSD-2-Clause
"""The driver's two programs as processes of a test."""
from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from .client import Csi
from .paths import BACKENDS, CONTROLLER, NODE


class DidNotStart(Exception):
    """The program ended before it answered; the text is what it said."""


class Program:
    """One of the programs, with its log kept."""

    def __init__(self, argv: list[str], socket: Path, log: Path,
                 prefix: list[str] | None = None) -> None:
        self.argv, self.socket, self.log_path = argv, socket, log
        self.prefix = prefix or []
        self.process: subprocess.Popen[bytes] | None = None
        self.client: Csi | None = None

    def start(self, timeout: float = 20) -> "Program":
        """Runs it and waits for its first answer."""
        before = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.prefix + self.argv, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + timeout
        while not self.socket.exists() or not self._answers():
            if self.process.poll() is not None:
                raise DidNotStart(self.log_path.read_text(errors="replace")[before:])
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError(f"{self.argv[0]} does not answer:\n{self.log()}")
            time.sleep(0.005)
        return self

    def _answers(self) -> bool:
        client = Csi(str(self.socket))
        try:
            client.Probe(timeout=2)
        except Exception:  # pylint: disable=broad-except
            client.close()
            return False
        self.client = client
        return True

    @property
    def csi(self) -> Csi:
        """The client of a running program."""
        assert self.client is not None, "the program was not started"
        return self.client

    def log(self) -> str:
        """All it has said."""
        return self.log_path.read_text(errors="replace")

    def _forget_client(self) -> None:
        if self.client is not None:
            self.client.close()
            self.client = None

    def kill(self) -> None:
        """SIGKILL: what a node or a kernel does to it."""
        self._forget_client()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    def stop(self, timeout: float = 30) -> int:
        """SIGTERM; the exit code."""
        self._forget_client()
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def memory_kib(self) -> dict[str, int]:
        """VmRSS and RssAnon as the kernel counts them."""
        assert self.process is not None
        found = {}
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key in ("VmRSS", "RssAnon", "VmHWM"):
                found[key] = int(value.split()[0])
        return found

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _yaml(value: Any, indent: int = 0) -> str:
    """Enough YAML for a configuration."""
    pad = "  " * indent
    if isinstance(value, dict):
        if not value:
            return " {}\n"
        return "\n" + "".join(f"{pad}{k}:{_yaml(v, indent + 1)}" for k, v in value.items())
    if isinstance(value, list):
        return " [" + ", ".join(f'"{v}"' if isinstance(v, str) else
                                "{" + ", ".join(f'{k}: "{w}"' for k, w in v.items()) + "}"
                                for v in value) + "]\n"
    if isinstance(value, bool):
        return f" {'true' if value else 'false'}\n"
    return f' "{value}"\n' if isinstance(value, str) else f" {value}\n"


def config_text(config: dict[str, Any]) -> str:
    """A configuration file's text."""
    return _yaml(config).lstrip("\n")


def controller(directory: Path, config: dict[str, Any], *,
               backend_dir: Path = BACKENDS, name: str = "controller",
               prefix: list[str] | None = None) -> Program:
    """A controller with its own configuration, not started."""
    file = directory / f"{name}.yaml"
    file.write_text(config_text(config))
    socket = directory / f"{name}.sock"
    return Program([str(CONTROLLER), "serve", "--config", str(file), "--endpoint",
                    f"unix://{socket}", "--backend-dir", str(backend_dir)],
                   socket, directory / f"{name}.log", prefix)


def node(directory: Path, config: dict[str, Any] | None = None, *,
         node_name: str = "node-1", backend_dir: Path = BACKENDS, name: str = "node",
         prefix: list[str] | None = None) -> Program:
    """A node program, not started."""
    socket = directory / f"{name}.sock"
    argv = [str(NODE), "serve", "--endpoint", f"unix://{socket}", "--node-name",
            node_name, "--backend-dir", str(backend_dir)]
    if config is not None:
        file = directory / f"{name}.yaml"
        file.write_text(config_text(config))
        argv += ["--config", str(file)]
    return Program(argv, socket, directory / f"{name}.log", prefix)
