# SPDX-License-Identifier: BSD-2-Clause
"""Client of the control endpoint."""
from __future__ import annotations

import json
import socket
from typing import Any


class ControlError(Exception):
    """The simulator refused a command."""


class Control:
    """One connection; every command of control_server.py by its name."""

    def __init__(self, path: str, timeout: float = 30) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.connect(path)
        self._stream = self._socket.makefile("rwb")

    def command(self, cmd: str, **fields: Any) -> Any:
        """Sends a command and returns what it answers."""
        self._stream.write(json.dumps({"cmd": cmd, **fields}).encode()
                           + b"\n")
        self._stream.flush()
        line = self._stream.readline()
        if not line:
            raise ControlError("the simulator is gone")
        answer = json.loads(line)
        if "error" in answer:
            raise ControlError(answer["error"])
        return answer["ok"]

    def fault(self, action: str, **fields: Any) -> str:
        """Sets a fault; its id says later whether it fired."""
        return self.command("fault", action=action, **fields)

    def fired(self, ident: str) -> int:
        """How many calls a fault has hit."""
        for fault in self.command("faults"):
            if fault["id"] == ident:
                return len(fault["fired"])
        raise ControlError(f"fault '{ident}' is unknown")

    def close(self) -> None:
        self._stream.close()
        self._socket.close()
