# SPDX-License-Identifier: BSD-2-Clause
"""A blocking API client for tests: one socket, many calls at a time."""
from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import struct
import time
from typing import Any

from . import ws


class ApiError(Exception):
    """The NAS answered a call with an error object."""

    def __init__(self, error: dict) -> None:
        data = error.get("data") or {}
        super().__init__(f"{error['code']} {error['message']}: "
                         f"{data.get('reason', '')}".strip())
        self.error, self.code = error, error["code"]
        self.errno: int | None = data.get("error")
        self.reason: str = data.get("reason", "")
        self.extra: Any = data.get("extra")

    def fields(self) -> list[tuple[str | None, int]]:
        """Attribute and errno of each validation error."""
        if not isinstance(self.extra, list):
            return []
        return [(e[0], e[2]) for e in self.extra]


class Dropped(Exception):
    """The connection ended; `code` is the close code, 1006 if none came."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"connection closed ({code} {reason})".strip())
        self.code, self.reason = code, reason


class Client:
    """A connected socket."""

    def __init__(self, host: str, port: int, path: str = "/api/current",
                 tls: ssl.SSLContext | None = None,
                 timeout: float = 30) -> None:
        self._socket = socket.create_connection((host, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket,
                                           server_hostname=host)
        self._buffer = b""
        self._next = 1
        self._answers: dict[Any, dict] = {}
        self.events: list[dict] = []
        self.pongs: list[bytes] = []
        self._handshake(host, port, path)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()

    def _handshake(self, host: str, port: int, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode())
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Dropped(1006, head.split(b"\r\n")[0].decode())

    # -- frames -------------------------------------------------------------
    def _fill(self) -> None:
        try:
            data = self._socket.recv(1 << 18)
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            raise Dropped(1006)
        self._buffer += data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def send_frame(self, opcode: int, payload: bytes, final: bool = True,
                   masked: bool = True) -> None:
        """One frame, well-formed or as a test wants it."""
        size, mask = len(payload), 0x80 if masked else 0
        head = bytes([(0x80 if final else 0) | opcode])
        if size < 126:
            head += bytes([mask | size])
        elif size < 65536:
            head += bytes([mask | 126]) + struct.pack("!H", size)
        else:
            head += bytes([mask | 127]) + struct.pack("!Q", size)
        if masked:
            key = os.urandom(4)
            head += key
            payload = ws.unmask(payload, key)
        self._socket.sendall(head + payload)

    def receive(self) -> dict:
        """The next message; control frames are dealt with on the way."""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._take(8))[0]
            payload = self._take(size)
            opcode = first & 0x0F
            if opcode == ws.CLOSE:
                code = struct.unpack("!H", payload[:2])[0]
                raise Dropped(code, payload[2:].decode())
            if opcode == ws.PONG:
                self.pongs.append(payload)
                continue
            return json.loads(payload)

    # -- calls --------------------------------------------------------------
    def send_text(self, text: str) -> None:
        self.send_frame(ws.TEXT, text.encode())

    def submit(self, method: str, *params: Any) -> int:
        """Sends a call without waiting; its id is for `result`."""
        ident, self._next = self._next, self._next + 1
        self.send_text(json.dumps({"jsonrpc": "2.0", "id": ident,
                                   "method": method,
                                   "params": list(params)}))
        return ident

    def answer(self, ident: Any) -> dict:
        """The whole answer to a call; events are kept in `events`."""
        while ident not in self._answers:
            message = self.receive()
            if "method" in message:
                self.events.append(message)
            else:
                self._answers[message["id"]] = message
        return self._answers.pop(ident)

    def result(self, ident: Any) -> Any:
        """The result of a call, or its error raised."""
        message = self.answer(ident)
        if "error" in message:
            raise ApiError(message["error"])
        return message["result"]

    def call(self, method: str, *params: Any) -> Any:
        """Sends a call and waits for its result."""
        return self.result(self.submit(method, *params))

    def login(self, user: str, key: str) -> dict:
        """auth.login_ex with an API key; the answer as it came."""
        return self.call("auth.login_ex", {
            "mechanism": "API_KEY_PLAIN", "username": user, "api_key": key,
            "login_options": {"user_info": False}})

    def job(self, method: str, *params: Any, timeout: float = 30) -> dict:
        """Runs a job method to its end; the job as core.get_jobs has it."""
        if not any(e.get("params", {}).get("collection") == "core.get_jobs"
                   for e in self.events):
            self.call("core.subscribe", "core.get_jobs")
        ident = self.call(method, *params)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = self.call("core.get_jobs", [["id", "=", ident]])
            if found and found[0]["state"] in ("SUCCESS", "FAILED",
                                               "ABORTED"):
                return found[0]
            message = self.receive()
            if "method" in message:
                self.events.append(message)
        raise TimeoutError(f"job {ident} of {method} did not end")

    def close(self) -> None:
        """Closes without a word; the NAS notices by itself."""
        self._socket.close()
