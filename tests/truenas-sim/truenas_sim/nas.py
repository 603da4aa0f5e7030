# SPDX-License-Identifier: BSD-2-Clause
"""The NAS: everything one simulator process knows, and its API listener."""
from __future__ import annotations

import asyncio
import json
import random
import ssl
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Coroutine

from . import ws
from .backing import Backing, IscsiConfig, NfsConfig, NvmetConfig
from .connection import Connection
from .db import Database
from .dispatch import Dispatcher
from .errors import ESERVICESTARTFAILURE, CallError
from .faults import Faults
from .jobs import Job, Jobs
from .latency import Latency
from .record import Call, Record
from .registry import METHODS, Method
from .releases import Release
from .schema import Schemas

SERVICES = ("nfs", "iscsitarget", "nvmet")


@dataclass
class Settings:
    """What the command line says."""

    user: str = "csi"
    api_key: str = ""
    parent: str = "tank/k8s"
    addresses: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    latency_ms: float = 0
    latency_factor: float = 0
    idle_seconds: float | None = None
    penalty_scale: float = 1.0
    login_rate: int = 20
    reuse_ids: bool = True


class Nas:
    """One NAS."""

    def __init__(self, release: Release, schemas: Path, backing: Backing,
                 settings: Settings) -> None:
        self.release, self.backing, self.settings = release, backing, settings
        self.schemas = Schemas(schemas / release.schemas)
        self.db = Database(settings.reuse_ids)
        self.faults, self.record = Faults(), Record()
        self.jobs = Jobs(self)
        self.latency = Latency(self, settings.latency_ms,
                               settings.latency_factor)
        self.dispatcher = Dispatcher(self)
        self.idle_seconds = (release.idle_seconds
                             if settings.idle_seconds is None
                             else settings.idle_seconds)
        self.penalty_scale = settings.penalty_scale
        self.login_rate = settings.login_rate
        self.boot_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
        self.revoked_keys: set[str] = set()
        self.allowed: list[str] | None = None
        # Off: plain lines count as if they came from outside (tests).
        self.trust_loopback = True
        # Services which fail to start or reload (scripted).
        self.failing: set[str] = set()
        # One etc generation and reload at a time per service.
        self.reload_locks = {name: asyncio.Lock() for name in SERVICES}
        # nsids and relative target ids are given out under a lock.
        self.allocation = asyncio.Lock()
        self.connections: dict[int, Connection] = {}
        self.stats: dict[str, Any] = {
            "connections": 0, "logins": 0, "failed_logins": 0,
            "rate_limited": 0, "refused_by_limit": 0, "idle_cut": 0,
            "unknown": 0, "restarts": 0, "max_outstanding": 0,
            "max_running": 0}
        self.seeded: dict[str, Any] | None = None
        self.stopping = asyncio.Event()
        self.port = 0
        self._next_connection = 1
        self._background: set[asyncio.Task] = set()
        self._server: asyncio.Server | None = None
        self._host, self._tls = "", None
        self._gateway_down = False

    # -- listening ----------------------------------------------------------
    async def listen(self, host: str, port: int,
                     tls: ssl.SSLContext | None) -> None:
        """Opens the API's listener; port 0 takes a free one for good."""
        self._host, self._tls = host, tls
        self._server = await asyncio.start_server(
            self._client, host, port or self.port, ssl=tls, backlog=512,
            limit=1 << 18)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _client(self, reader: asyncio.StreamReader,
                      writer: asyncio.StreamWriter) -> None:
        try:
            request = await ws.read_request(reader)
            if request is not None:
                await self._request(request, reader, writer)
        except (ConnectionError, ssl.SSLError):
            pass  # the peer went away
        finally:
            writer.close()

    async def _request(self, request: ws.Request,
                       reader: asyncio.StreamReader,
                       writer: asyncio.StreamWriter) -> None:
        path = request.path.partition("?")[0]
        if self._gateway_down:
            # nginx while the middleware restarts
            writer.write(ws.http_response("502 Bad Gateway"))
        elif path == "/api/versions":
            # middleware main.py:api_versions_handler
            body = json.dumps(list(self.release.api_versions)).encode()
            writer.write(ws.http_response("200 OK", body, "application/json"))
        elif path == "/api/boot_id":
            writer.write(ws.http_response("200 OK", self.boot_id.encode()))
        elif path not in ("/api/current", f"/api/{self.release.api}"):
            writer.write(ws.http_response("404 Not Found"))
        elif not ws.wants_upgrade(request):
            writer.write(ws.http_response("400 Bad Request"))
        else:
            writer.write(ws.accept_response(request))
            await self._session(reader, writer)
            return
        await writer.drain()

    async def _session(self, reader: asyncio.StreamReader,
                       writer: asyncio.StreamWriter) -> None:
        # aiohttp itself refuses messages above 4 MiB
        socket = ws.Socket(reader, writer, 4 << 20)
        address = writer.get_extra_info("peername")[0]
        if self.allowed is not None and address not in self.allowed:
            # middleware api/base/server/ws_handler/base.py
            await socket.close(1008, "You are not allowed to access this "
                                     "resource")
            return
        # middleware utils/origin.py: TLS or loopback
        secure = self._tls is not None or (self.trust_loopback and
                                           address in ("127.0.0.1", "::1"))
        connection = Connection(self, self._next_connection, socket, address,
                                secure)
        self._next_connection += 1
        self.stats["connections"] += 1
        self.connections[connection.ident] = connection
        try:
            await connection.run()
        finally:
            self.connections.pop(connection.ident, None)

    def restart(self, pause_ms: float, gateway: bool,
                reboot: bool = False) -> None:
        """middlewared restarts: sockets drop, jobs are lost, calls go on.

        For the pause the port is closed, or answers 502 as nginx does.
        """
        self.stats["restarts"] += 1
        self.jobs.lose()
        if reboot:
            self.boot_id = str(uuid.UUID(int=random.getrandbits(128),
                                         version=4))
        for connection in list(self.connections.values()):
            connection.socket.abort()
        if pause_ms <= 0:
            return
        if gateway:
            self._gateway_down = True
        elif self._server:
            self._server.close()
        self.background(self._resume(pause_ms / 1000))

    async def _resume(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._gateway_down:
            self._gateway_down = False
        else:
            await self.listen(self._host, self.port, self._tls)

    def background(self, work: Coroutine) -> None:
        """Runs something to its end that nobody waits for."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # -- what calls need ----------------------------------------------------
    def offers(self, name: str) -> bool:
        """Whether the release has the method (private ones count)."""
        return self.schemas.has(name) or name in METHODS

    def note_outstanding(self, outstanding: int, running: int) -> None:
        stats = self.stats
        if outstanding > stats["max_outstanding"]:
            stats["max_outstanding"] = outstanding
        if running > stats["max_running"]:
            stats["max_running"] = running

    def dataset_count(self) -> int:
        """How many datasets a full listing would walk."""
        zfs = getattr(self.backing, "zfs", None)
        return len(zfs.nodes) if zfs is not None else 0

    def start_job(self, method: Method, call: Call, params: list) -> Job:
        """Submits a job method's body."""
        async def body(job: Job) -> Any:
            await self.latency.before(method.name)
            return await method.body(self, call, *params, job=job)

        name = method.name
        lock = self.release.job_locks.get(name)
        if name == "core.bulk":
            # middleware service/core_service.py
            lock = f"bulk:{params[0]}"
        elif name == "service.control":
            # middleware plugins/service.py
            lock = f"service_{params[1]}"
        user = call.connection.user if call.connection else None
        return self.jobs.submit(name, params, lock, body, user=user)

    # -- events -------------------------------------------------------------
    def publish(self, collection: str, message: str, ident: Any,
                fields: Callable[[], dict] | None = None) -> None:
        """Sends an event to whoever subscribed to the collection."""
        for connection in self.connections.values():
            if connection.user is None:
                continue
            if not any(name in (collection, "*")
                       for name in connection.subscriptions.values()):
                continue
            params = {"msg": message, "collection": collection, "id": ident}
            if fields is not None and message != "removed":
                params["fields"] = fields()
            connection.notify("collection_update", params)

    def publish_change(self, namespace: str, method: str, params: list,
                       result: Any) -> None:
        """The event of a create, update or delete."""
        verb = method.rsplit(".", 1)[1]
        message = {"create": "added", "update": "changed",
                   "delete": "removed"}[verb]
        ident = params[0] if verb == "delete" else result["id"]
        self.publish(f"{namespace}.query", message, ident,
                     lambda: result)

    # -- services -----------------------------------------------------------
    async def reload(self, service: str, method: str) -> None:
        """Renders and applies a running service's configuration.

        A stopped service is not touched.  A failing one makes the call fail
        although its row is written: middleware service/service_mixin.py.
        """
        if not await self.backing.service_running(service):
            return
        async with self.reload_locks[service]:
            await self.latency.reload(method)
            if service in self.failing:
                raise CallError(f"{service} not running",
                                ESERVICESTARTFAILURE)
            await self.apply(service)

    async def apply(self, service: str) -> None:
        """Hands the configuration in the database to the kernel."""
        db = self.db
        if service == "nfs":
            await self.backing.apply_nfs(
                NfsConfig(db.nfs.all(), db.nfs_config))
        elif service == "iscsitarget":
            await self.backing.apply_iscsi(IscsiConfig(
                db.iscsi_config, db.portal.all(), db.initiator.all(),
                db.auth.all(), db.target.all(), db.extent.all(),
                db.mapping.all()))
        else:
            await self.backing.apply_nvmet(NvmetConfig(
                db.nvmet_config, db.port.all(), db.subsys.all(),
                db.namespace.all(), db.host.all(), db.port_link.all(),
                db.host_link.all()))

    async def start_services(self) -> None:
        """Brings every service up with what the database holds."""
        for service in SERVICES:
            await self.backing.service_set(service, True)
            await self.apply(service)

    async def dump(self, volatile: bool) -> dict[str, Any]:
        """The whole state as canonical JSON."""
        return {"db": self.db.dump(volatile),
                **await self.backing.dump(volatile)}
