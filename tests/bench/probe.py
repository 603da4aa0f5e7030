# SPDX-License-Identifier: BSD-2-Clause
"""From exec to the first answer, without a gRPC client that needs time itself.

The request is made by hand beforehand: HTTP/2's preface, settings, and a Probe.
The clock starts right before the program is spawned and stops when the end of
the reply has been read.
"""
from __future__ import annotations

import os
import signal
import socket
import struct
import time
from pathlib import Path

_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
LIMIT_S = 10.0


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + \
        struct.pack("!I", stream) + payload


def _literal(index: bytes, *texts: str) -> bytes:
    """A header that is not to be remembered (RFC 7541, 6.2.2)."""
    return index + b"".join(bytes([len(t)]) + t.encode() for t in texts)


# 0x83, 0x86: POST and http of the static table; 4, 1, 31: its names :path,
# :authority, content-type.
_REQUEST = (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(_SETTINGS, 0, 0)
            + _frame(_HEADERS, _END_HEADERS, 1,
                     b"\x83\x86" + _literal(b"\x04", "/csi.v1.Identity/Probe")
                     + _literal(b"\x01", "localhost") + _literal(b"\x00", "te", "trailers")
                     + _literal(b"\x0f\x10", "application/grpc"))
            + _frame(_DATA, _END_STREAM, 1, b"\0\0\0\0\0"))


def _connect(path: Path, until: float) -> socket.socket:
    """As soon as somebody listens there."""
    while True:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(str(path))
            return link
        except (FileNotFoundError, ConnectionRefusedError):
            link.close()
            if time.monotonic() > until:
                raise TimeoutError(f"nobody listens on {path}") from None
            time.sleep(0.0002)  # what the clock may be off by


def _read_reply(link: socket.socket) -> None:
    """To the end of stream 1, whose message must have come: an error has none."""
    link.settimeout(LIMIT_S)
    held, has_message = b"", False
    while True:
        data = link.recv(4096)
        assert data, "the program closed the connection instead of answering"
        held += data
        while len(held) >= 9 and len(held) >= 9 + (size := int.from_bytes(held[:3], "big")):
            kind, flags = held[3], held[4]
            stream, held = int.from_bytes(held[5:9], "big"), held[9 + size:]
            if kind == _SETTINGS and not flags & _ACK:
                link.sendall(_frame(_SETTINGS, _ACK, 0))
            has_message |= kind == _DATA and stream == 1
            if kind == _HEADERS and flags & _END_STREAM:
                assert has_message, "Probe was answered with an error"
                return


def first_answer_s(argv: list[str], path: Path, log: Path) -> float:
    """Runs the program once and ends it again."""
    path.unlink(missing_ok=True)
    quiet = [(os.POSIX_SPAWN_OPEN, fd, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
             for fd in (1, 2)]
    begun = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, dict(os.environ), file_actions=quiet)
    try:
        with _connect(path, begun + LIMIT_S) as link:
            link.sendall(_REQUEST)
            _read_reply(link)
            return time.monotonic() - begun
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
