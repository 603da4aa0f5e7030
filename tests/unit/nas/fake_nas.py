# SPDX-License-Identifier: BSD-2-Clause
"""A WebSocket peer that does to each call what the call's own name says.

It speaks just enough JSON-RPC for the link's tests to need no second channel:
`t.hang` hangs, `t.drop` drops, and so on.  It prints its port, and ends when
its standard input does.  What a real NAS does is the simulator's business.
"""
from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import ssl
import struct
import sys
import warnings
from typing import Any

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
RUNNING, ACCEPTED = 10, 20


class Gone(Exception):
    """The connection has ended."""


def frame(opcode: int, payload: bytes, final: bool = True) -> bytes:
    """An unmasked frame."""
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        head += bytes([len(payload)])
    elif len(payload) < 65536:
        head += b"\x7e" + struct.pack(">H", len(payload))
    else:
        head += b"\x7f" + struct.pack(">Q", len(payload))
    return head + payload


class Refused(Exception):
    """A call's JSON-RPC error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error


NO_LOGIN = {"code": -32001, "message": "Method call error", "data": {
    "error": 207, "errname": "ENOTAUTHENTICATED",
    "reason": "[ENOTAUTHENTICATED] Not authenticated", "extra": None,
    "trace": {"class": "CallError", "formatted": "secret-in-trace",
              "repr": "secret-in-trace"}}}


class Server:
    """What outlives a connection."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.done: dict[str, int] = {}
        self.seen: set[str] = set()
        self.stats = {"connections": 0, "logins": 0, "outstanding": 0,
                      "subscriptions": 0, "looks": 0, "pings": 0}
        self.jobs: dict[int, dict[str, Any]] = {}
        self.job_tasks: list[asyncio.Task] = []
        self.peers: set[Peer] = set()
        self.port = 0
        self.listener: asyncio.AbstractServer | None = None

    def context(self) -> ssl.SSLContext | None:
        if self.options.cert is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.options.cert, self.options.key)
        if self.options.old_tls:
            warnings.simplefilter("ignore", DeprecationWarning)
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context

    async def listen(self) -> None:
        self.listener = await asyncio.start_server(
            self.accept, self.options.host, self.port, ssl=self.context(),
            reuse_address=True)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def accept(self, reader: asyncio.StreamReader,
                     writer: asyncio.StreamWriter) -> None:
        peer = Peer(self, reader, writer)
        self.peers.add(peer)
        try:
            await peer.serve()
        except (Gone, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.peers.discard(peer)
            writer.transport.abort()

    async def go_down(self, ms: float) -> None:
        """No listener and no connection for a while."""
        assert self.listener is not None
        self.listener.close()
        for peer in list(self.peers):
            peer.abort()
        await asyncio.sleep(ms / 1000)
        await self.listen()

    def count(self, tag: str) -> None:
        self.done[tag] = self.done.get(tag, 0) + 1


class Peer:
    """One connection."""

    def __init__(self, server: Server, reader: asyncio.StreamReader,
                 writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.is_in = False
        self.outstanding = 0
        self.tasks: set[asyncio.Task] = set()
        self.turns = asyncio.Semaphore(RUNNING)

    def abort(self) -> None:
        self.writer.transport.abort()

    def send(self, data: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(data)

    async def serve(self) -> None:
        mode = self.server.options.upgrade
        first = await self.reader.readexactly(1)
        if not first.isalpha():  # no HTTP: what nginx says to a TLS greeting
            self.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await self.writer.drain()
            return
        request = first + await self.reader.readuntil(b"\r\n\r\n")
        if mode == "silent":
            await self.reader.read()
            return
        if mode != "101":
            self.send(f"HTTP/1.1 {mode} x\r\nLocation: http://127.0.0.1:1/\r\n"
                      "Content-Length: 0\r\nConnection: close\r\n\r\n"
                      .encode())
            await self.writer.drain()
            return
        key = next(line.split(b":", 1)[1].strip()
                   for line in request.split(b"\r\n")
                   if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept
                  + b"\r\n\r\n")
        self.server.stats["connections"] += 1
        if self.server.options.greeting == "1008":
            self.send(frame(CLOSE, struct.pack(">H", 1008)
                            + b"You are not allowed"))
            await self.reader.read()
            return
        while True:
            await self.receive()

    async def receive(self) -> None:
        text = b""
        while True:
            head = await self.reader.readexactly(2)
            opcode, size = head[0] & 15, head[1] & 127
            if size == 126:
                size, = struct.unpack(">H", await self.reader.readexactly(2))
            elif size == 127:
                size, = struct.unpack(">Q", await self.reader.readexactly(8))
            mask = await self.reader.readexactly(4)
            raw = await self.reader.readexactly(size)
            key = (mask * (size // 4 + 1))[:size]
            data = (int.from_bytes(raw, "big")
                    ^ int.from_bytes(key, "big")).to_bytes(size, "big")
            if opcode == CLOSE:
                raise Gone
            if opcode == PING:
                self.server.stats["pings"] += 1
                self.send(frame(PONG, data))
                continue
            text += data
            if head[0] & 0x80:
                break
        task = asyncio.ensure_future(self.call(json.loads(text)))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def call(self, message: dict[str, Any]) -> None:
        if message["method"] == "t.big" and self.is_in:
            await self.send_big(message["id"], *message["params"])
            return
        stats = self.server.stats
        self.outstanding += 1
        stats["outstanding"] = max(stats["outstanding"], self.outstanding)
        try:
            if self.outstanding > ACCEPTED:
                raise Refused({"code": -32000, "message":
                               "Maximum number of concurrent calls (20) has "
                               "exceeded"})
            result = await self.execute(message["method"], message["params"])
        except Refused as refusal:
            self.answer(message["id"], error=refusal.error)
        except Gone:
            pass
        else:
            self.answer(message["id"], result=result)
        finally:
            self.outstanding -= 1

    def answer(self, ident: Any, **outcome: Any) -> None:
        # the id last, as the middleware has it
        self.send(frame(TEXT, json.dumps(
            {"jsonrpc": "2.0", **outcome, "id": ident}).encode()))

    async def execute(self, method: str, params: list[Any]) -> Any:
        name = method.replace(".", "_")
        if method != "auth.login_ex" and not self.is_in:
            raise Refused(NO_LOGIN)
        handler = getattr(self, f"do_{name}", None)
        if handler is None:
            raise Refused({"code": -32601, "message":
                           "Method does not exist"})
        return await handler(*params)

    async def do_auth_login_ex(self, data: dict[str, Any]) -> Any:
        self.server.stats["logins"] += 1
        if data["mechanism"] != "API_KEY_PLAIN":
            raise Refused({"code": -32602, "message": "Invalid params"})
        if data["api_key"] == "mute":
            await asyncio.Event().wait()
        if data["api_key"] != "good":
            return {"response_type": data["api_key"]}
        self.is_in = True
        return {"response_type": "SUCCESS", "user_info": None,
                "authenticator": "LEVEL_1"}

    async def do_system_version(self) -> Any:
        return self.server.options.version

    async def do_t_echo(self, value: Any = None) -> Any:
        return value

    async def do_t_sleep(self, ms: float, tag: str = "") -> Any:
        async with self.turns:
            await asyncio.sleep(ms / 1000)
        self.server.count(tag)
        return tag

    async def do_t_count(self, tag: str) -> Any:
        return self.server.done.get(tag, 0)

    async def do_t_stats(self) -> Any:
        return self.server.stats

    async def do_t_hang(self, *_: Any) -> Any:
        await asyncio.Event().wait()

    do_iscsi_hang = do_t_hang

    async def do_t_drop(self, tag: str, when: str) -> Any:
        """The first call with this tag loses the connection."""
        first = tag not in self.server.seen
        self.server.seen.add(tag)
        if not first or when == "after":
            self.server.count(tag)
        if first:
            self.abort()
            raise Gone
        return "again"

    async def do_t_late(self, ms: float, tag: str) -> Any:
        """Dropped now, executed later: calls survive their socket."""
        self.abort()
        await asyncio.sleep(ms / 1000)
        self.server.count(tag)
        raise Gone

    async def do_t_error(self, error: dict[str, Any]) -> Any:
        raise Refused(error)

    async def send_big(self, ident: int, size: int, piece: int) -> None:
        """A text of so many bytes, as a message in fragments."""
        text = (b'{"jsonrpc": "2.0", "result": "' + b"x" * size
                + b'", "id": %d}' % ident)
        for at in range(0, len(text), piece):
            self.send(frame(TEXT if at == 0 else 0, text[at:at + piece],
                            at + piece >= len(text)))
            await self.writer.drain()

    async def do_t_garbage(self, kind: str) -> Any:
        data = {"text": frame(TEXT, b"no json"),
                "binary": frame(BINARY, b"{}"),
                "list": frame(TEXT, b"[]"),
                "null_id": frame(TEXT, b'{"jsonrpc":"2.0","id":null,"error":'
                                       b'{"code":-32700,"message":"x"}}'),
                "broken": frame(TEXT, b'{"jsonrpc":"2.0","result":tru,'
                                      b'"id":1}')}[kind]
        self.send(data)
        raise Gone

    async def do_t_expire(self) -> Any:
        """Every login is over; the connections stay."""
        for peer in self.server.peers:
            peer.is_in = False
        return True

    async def do_t_down(self, ms: float) -> Any:
        asyncio.ensure_future(self.server.go_down(ms))
        raise Gone

    async def do_core_subscribe(self, name: str) -> Any:
        self.server.stats["subscriptions"] += 1
        return name

    async def do_core_get_jobs(self, filters: list[Any]) -> Any:
        self.server.stats["looks"] += 1
        job = self.server.jobs.get(filters[0][2])
        return [] if job is None else [job]

    async def do_t_job(self, ms: float, ending: str, note: str = "") -> Any:
        """Answers with a job that ends like that after so long."""
        ident = len(self.server.jobs) + 1
        arguments = [ms, ending, note]
        if ending == "merged":
            arguments[0] = ms + 1
        job = {"id": ident, "method": "t.job", "arguments": arguments,
               "state": "RUNNING", "result": None, "error": None,
               "exc_info": None}
        self.server.jobs[ident] = job
        task = asyncio.ensure_future(self.run_job(job, ms, ending))
        self.server.job_tasks.append(task)
        return ident

    async def run_job(self, job: dict[str, Any], ms: float,
                      ending: str) -> None:
        await asyncio.sleep(ms / 1000)
        if ending == "lost":
            del self.server.jobs[job["id"]]
            return
        if ending == "failed":
            job.update(state="FAILED", error="[EFAULT] out of space",
                       exc_info={"type": "CallError", "errno": 14,
                                 "extra": None})
        else:
            job.update(state="SUCCESS", result={"done": True})
        event = {"jsonrpc": "2.0", "method": "collection_update", "params": {
            "msg": "changed", "collection": "core.get_jobs",
            "id": job["id"], "fields": {"state": job["state"]}}}
        for peer in self.server.peers:
            peer.send(frame(TEXT, json.dumps(event).encode()))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--old-tls", action="store_true")
    parser.add_argument("--version", default="TrueNAS-25.10.5")
    parser.add_argument("--upgrade", default="101",
                        help="a status, or 'silent'")
    parser.add_argument("--greeting", default="")
    server = Server(parser.parse_args())
    await server.listen()
    print(server.port, flush=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
