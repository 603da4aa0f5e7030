# SPDX-License-Identifier: BSD-2-Clause
"""The server's side of HTTP upgrade and WebSocket (RFC 6455).

Written here, and not taken from a library, because tests need close codes,
fragmentation and sudden ends exactly as the NAS does them.
"""
from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
from typing import NamedTuple

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_LIMIT = 16384

CONTINUATION, TEXT, BINARY = 0x0, 0x1, 0x2
CLOSE, PING, PONG = 0x8, 0x9, 0xA


class Request(NamedTuple):
    """An HTTP request without a body."""

    method: str
    path: str
    headers: dict[str, str]


class Closed(Exception):
    """The socket is closed, or has to be with this code and reason."""

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The head of a request; None if the peer sends none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError,
            ConnectionError):
        return None
    if len(head) > _HEAD_LIMIT:
        return None
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3:
        return None
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Request(words[0], words[1], headers)


def http_response(status: str, body: bytes = b"",
                  kind: str = "text/plain; charset=utf-8") -> bytes:
    """A complete answer after which the connection is closed."""
    return (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            ).encode() + body


def wants_upgrade(request: Request) -> bool:
    """Whether the request is a proper WebSocket handshake."""
    headers = request.headers
    return (request.method == "GET"
            and headers.get("upgrade", "").lower() == "websocket"
            and "upgrade" in headers.get("connection", "").lower()
            and headers.get("sec-websocket-version") == "13"
            and bool(headers.get("sec-websocket-key")))


def accept_response(request: Request) -> bytes:
    """The 101 answer; no subprotocol and no extension is taken."""
    key = request.headers["sec-websocket-key"].encode()
    digest = base64.b64encode(hashlib.sha1(key + _MAGIC).digest()).decode()
    return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {digest}\r\n\r\n").encode()


def frame(opcode: int, payload: bytes) -> bytes:
    """One unmasked final frame, as servers send them."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


def unmask(data: bytes, key: bytes) -> bytes:
    """The payload with the client's mask taken off (or put on)."""
    size = len(data)
    mask = (key * (size // 4 + 1))[:size]
    whole = int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")
    return whole.to_bytes(size, "big")


class Socket:
    """An accepted WebSocket."""

    def __init__(self, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter, limit: int) -> None:
        self._reader, self._writer = reader, writer
        # Bytes of one message, fragments together (aiohttp's own limit).
        self._limit = limit
        self.open = True
        self.last_sent = asyncio.get_running_loop().time()

    def send(self, opcode: int, payload: bytes) -> None:
        """Queues a frame; nothing happens on a closed socket."""
        if not self.open:
            return
        self.last_sent = asyncio.get_running_loop().time()
        self._writer.write(frame(opcode, payload))

    def send_text(self, text: str) -> None:
        self.send(TEXT, text.encode())

    async def receive(self) -> str:
        """The next text message; Closed when there is none any more."""
        parts: list[bytes] = []
        kind, size = None, 0
        while True:
            final, opcode, payload = await self._frame()
            if opcode == PING:
                self.send(PONG, payload)
                continue
            if opcode == PONG:
                continue
            if opcode == CLOSE:
                code = (struct.unpack("!H", payload[:2])[0]
                        if len(payload) >= 2 else 1005)
                raise Closed(code)
            if opcode == BINARY:
                # middleware api/base/server/ws_handler/base.py
                raise Closed(1003, "")
            if (opcode == CONTINUATION) == (kind is None):
                raise Closed(1002, "unexpected frame")
            if opcode == TEXT:
                kind = opcode
            elif opcode != CONTINUATION:
                raise Closed(1002, "unknown opcode")
            parts.append(payload)
            size += len(payload)
            if size > self._limit:
                raise Closed(1009, "message too big")
            if final:
                break
        try:
            return (parts[0] if len(parts) == 1 else b"".join(parts)).decode()
        except UnicodeDecodeError:
            raise Closed(1007, "invalid utf-8") from None

    async def _frame(self) -> tuple[bool, int, bytes]:
        read = self._reader.readexactly
        try:
            first, second = await read(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", await read(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", await read(8))[0]
            if first & 0x70 or not second & 0x80:
                raise Closed(1002, "reserved bits or no mask")
            if first & 0x08 and (size > 125 or not first & 0x80):
                raise Closed(1002, "bad control frame")
            if size > self._limit:
                raise Closed(1009, "message too big")
            key = await read(4)
            payload = await read(size) if size else b""
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            raise Closed(1006) from None
        return bool(first & 0x80), first & 0x0F, unmask(payload, key)

    async def close(self, code: int, reason: str = "") -> None:
        """Closes in order: a close frame, then the end of the stream."""
        if self.open and code not in (1005, 1006):
            self.send(CLOSE, struct.pack("!H", code) + reason.encode())
        self.open = False
        self._writer.close()

    def abort(self) -> None:
        """The connection breaks: no close frame, unsent data are lost."""
        self.open = False
        self._writer.transport.abort()
