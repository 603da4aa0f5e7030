# SPDX-License-Identifier: BSD-2-Clause
"""The least a client can do: the same calls again, as ready-made frames."""
from __future__ import annotations

import json
import os
import time
from typing import Any

from truenas_sim import ws
from truenas_sim.process import Simulator

AT_A_TIME = 10


def _frame(call: dict[str, Any]) -> bytes:
    payload = json.dumps({"jsonrpc": "2.0", "id": call["seq"], "method": call["method"],
                          "params": call["params"]}, separators=(",", ":")).encode()
    key = os.urandom(4)
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else \
        bytes([0x81, 0x80 | 126]) + size.to_bytes(2, "big")
    return head + key + ws.unmask(payload, key)


class _Answers:
    """Counts whole frames in a stream, and looks at nothing inside."""

    def __init__(self) -> None:
        self._held = b""

    def count(self, data: bytes) -> int:
        held, at, n = self._held + data, 0, 0
        while len(held) - at >= 2:
            size, head = held[at + 1] & 0x7F, 2
            if size >= 126:
                head = 4 if size == 126 else 10
                size = int.from_bytes(held[at + 2:at + head], "big")
            if len(held) - at < head + size:
                break
            at, n = at + head + size, n + 1
        self._held = held[at:]
        return n


def cpu_seconds(calls: list[dict[str, Any]]) -> float:
    """This thread's processor time for sending @calls to a fresh simulator, ten
    at a time, and for taking the answers in without reading them."""
    frames = [_frame(call) for call in calls if not call["method"].startswith("auth.")][::-1]
    with Simulator("--latency-ms", "5") as nas, nas.client() as api:
        link, answers = api._socket, _Answers()  # pylint: disable=protected-access
        begun, open_, left = time.thread_time(), 0, len(frames)
        while left:
            while frames and open_ < AT_A_TIME:
                link.sendall(frames.pop())
                open_ += 1
            ended = answers.count(link.recv(1 << 16))
            open_, left = open_ - ended, left - ended
        return time.thread_time() - begun
