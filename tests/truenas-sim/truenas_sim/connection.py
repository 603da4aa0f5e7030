# SPDX-License-Identifier: BSD-2-Clause
"""One API socket: JSON-RPC 2.0 in the NAS's dialect, with its limits."""
from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from . import errors
from .record import Call
from .registry import METHODS
from .ws import Closed, Socket

if TYPE_CHECKING:
    from .nas import Nas

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Connection:
    """A client; login, subscriptions and options vanish with it."""

    def __init__(self, nas: "Nas", ident: int, socket: Socket, address: str,
                 secure: bool) -> None:
        self.nas, self.ident, self.socket = nas, ident, socket
        self.address, self.secure = address, secure
        self.user: str | None = None
        self.legacy_jobs = True
        self.subscriptions: dict[str, str] = {}
        self._running = 0
        self._queue: deque[Call] = deque()
        self._tasks: set[asyncio.Task] = set()
        self._idle: asyncio.TimerHandle | None = None

    # -- the stream ---------------------------------------------------------
    async def run(self) -> None:
        """Serves the socket until it ends."""
        self._watch_idle()
        try:
            while True:
                self._message(await self.socket.receive())
        except Closed as end:
            await self.socket.close(end.code, end.reason)
        finally:
            if self._idle:
                self._idle.cancel()
            self.subscriptions.clear()
            if not self.nas.release.calls_survive_socket:
                for task in self._tasks:
                    task.cancel()

    def _watch_idle(self) -> None:
        # middleware etc_files/local/nginx/nginx.conf.mako [25.10]: nginx cuts
        # a socket on which the server was silent, running calls or not.
        limit = self.nas.idle_seconds
        if limit <= 0 or not self.socket.open:
            return
        loop = asyncio.get_running_loop()
        due = self.socket.last_sent + limit
        if due <= loop.time():
            self.nas.stats["idle_cut"] += 1
            self.socket.abort()
            return
        self._idle = loop.call_at(due, self._watch_idle)

    def _message(self, text: str) -> None:
        release = self.nas.release
        size = len(text)
        # middleware utils/limits.py, api/base/server/ws_handler/base.py
        if size > release.absolute_limit:
            raise Closed(1009, "")
        if self.user is None and size > release.anonymous_limit:
            raise Closed(1007, "Anonymous connection max message length is "
                               "8 kB")
        if size > release.message_limit:
            raise Closed(1009, "Max message length is 64 kB")
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            # middleware api/base/server/ws_handler/rpc.py: batches too
            self._refuse(None, errors.PARSE_ERROR, "Invalid JSON")
            return
        problem = _malformed(message)
        if problem:
            if "id" in message:
                ident = message["id"]
                if type(ident) not in (int, str):
                    ident = None
                self._refuse(ident, errors.INVALID_REQUEST, problem)
            return
        self._accept(message)

    def _accept(self, message: dict) -> None:
        name, nas = message["method"], self.nas
        ident, silent = message.get("id"), "id" not in message
        if name not in METHODS or not nas.offers(name):
            nas.stats["unknown"] += 1
            if not silent:
                self._refuse(ident, errors.METHOD_NOT_FOUND,
                             "Method does not exist")
            return
        # middleware utils/lock.py:SoftHardSemaphore(10, 20)
        outstanding = self._running + len(self._queue)
        if outstanding >= nas.release.calls_accepted:
            nas.stats["refused_by_limit"] += 1
            if not silent:
                self._refuse(ident, errors.TOO_MANY_CALLS,
                             "Maximum number of concurrent calls "
                             f"({nas.release.calls_accepted}) has exceeded")
            return
        call = nas.record.add(self, name, message.get("params", []), ident,
                              silent)
        if self._running < nas.release.calls_running:
            self._begin(call)
        else:
            self._queue.append(call)
        nas.note_outstanding(outstanding + 1, self._running)

    def _begin(self, call: Call) -> None:
        self._running += 1
        task = asyncio.create_task(self._serve(call))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        self._running -= 1
        if self._queue:
            self._begin(self._queue.popleft())

    async def _serve(self, call: Call) -> None:
        await self.nas.dispatcher.serve(self, call)

    # -- answers ------------------------------------------------------------
    def answer(self, call: Call) -> None:
        """Sends the call's result or error, unless it is a notification."""
        if not call.notification:
            reply: dict[str, Any] = {"jsonrpc": "2.0", "id": call.request_id}
            if call.error is not None:
                reply["error"] = call.error
            else:
                reply["result"] = call.result
            self.socket.send_text(_encode(reply))

    def _refuse(self, ident: Any, code: int, text: str) -> None:
        self.socket.send_text(_encode({
            "jsonrpc": "2.0", "id": ident,
            "error": errors.bare_error(code, text)}))

    def notify(self, method: str, params: dict) -> None:
        """Sends a notification, such as an event subscribed to."""
        self.socket.send_text(_encode({"jsonrpc": "2.0", "method": method,
                                       "params": params}))


def _malformed(message: dict) -> str | None:
    """What is wrong with a request object, if anything."""
    # middleware api/base/server/ws_handler/rpc.py: the message's schema
    if message.get("jsonrpc") != "2.0":
        return "Invalid Request: jsonrpc: Input should be '2.0'"
    if "id" in message and type(message["id"]) not in (int, str, type(None)):
        return "Invalid Request: id: Input should be a valid integer"
    if type(message.get("method")) is not str:
        return "Invalid Request: method: Input should be a valid string"
    if type(message.get("params", [])) is not list:
        return "Invalid Request: params: Input should be a valid list"
    return None
