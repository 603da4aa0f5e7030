# SPDX-License-Identifier: BSD-2-Clause
"""A CSI client over a unix socket."""
from __future__ import annotations

import time
from typing import Any

import grpc

from . import proto

pb = proto.load()

GIB = 1 << 30


class Refused(Exception):
    """An RPC that did not end with OK."""

    def __init__(self, method: str, error: grpc.RpcError) -> None:
        super().__init__(f"{method}: {error.code().name}: {error.details()}")
        self.code: str = error.code().name
        self.text: str = error.details() or ""


class Csi:
    """Every method of every CSI service, by its name.

        csi = Csi("/tmp/csi.sock")
        csi.CreateVolume(name="pvc-1", ...)
    """

    def __init__(self, socket: str, timeout: float = 30) -> None:
        self._channel = grpc.insecure_channel(
            f"unix://{socket}", options=[("grpc.default_authority", "localhost"),
                                         ("grpc.enable_retries", 0)])
        self.timeout = timeout
        self._calls: dict[str, Any] = {}
        for service in pb.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                request = getattr(pb, method.input_type.name)
                reply = getattr(pb, method.output_type.name)
                self._calls[method.name] = (request, self._channel.unary_unary(
                    f"/{service.full_name}/{method.name}",
                    request_serializer=request.SerializeToString,
                    response_deserializer=reply.FromString))

    def __getattr__(self, name: str) -> Any:
        if name not in self._calls:
            raise AttributeError(name)
        request, call = self._calls[name]

        def invoke(message: Any = None, timeout: float | None = None,
                   **fields: Any) -> Any:
            message = message if message is not None else request(**fields)
            try:
                return call(message, timeout=timeout or self.timeout)
            except grpc.RpcError as error:
                raise Refused(name, error) from None
        return invoke

    def future(self, name: str, /, timeout: float | None = None, **fields: Any) -> Any:
        """The same, without waiting: a grpc.Future."""
        request, call = self._calls[name]
        return call.future(request(**fields), timeout=timeout or self.timeout)

    def raw(self, path: str, payload: bytes, timeout: float = 10) -> bytes:
        """Bytes as they are, for what no client would send."""
        call = self._channel.unary_unary(path, request_serializer=lambda b: b,
                                         response_deserializer=lambda b: b)
        try:
            return call(payload, timeout=timeout)
        except grpc.RpcError as error:
            raise Refused(path, error) from None

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> "Csi":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()


# Codes after which sidecars and kubelet ask again: it may still happen.
RETRY = ("CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "ABORTED")


def patiently(call: Any, seconds: float = 60, **fields: Any) -> Any:
    """Asks as a sidecar does: again, a little later, while the code allows it."""
    deadline, pause = time.monotonic() + seconds, 0.1
    while True:
        try:
            return call(**fields)
        except Refused as refused:
            if refused.code not in RETRY or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 2)


def mount(mode: int = 7, fs_type: str = "", flags: list[str] | None = None) -> Any:
    """A mount capability; mode 7 is what Kubernetes makes of ReadWriteOnce."""
    return pb.VolumeCapability(
        mount=pb.VolumeCapability.MountVolume(fs_type=fs_type, mount_flags=flags or []),
        access_mode=pb.VolumeCapability.AccessMode(mode=mode))


def block(mode: int = 7) -> Any:
    """A raw block capability."""
    return pb.VolumeCapability(
        block=pb.VolumeCapability.BlockVolume(),
        access_mode=pb.VolumeCapability.AccessMode(mode=mode))


def size(required: int, limit: int = 0) -> Any:
    """A capacity range in bytes."""
    return pb.CapacityRange(required_bytes=required, limit_bytes=limit)


def from_snapshot(ident: str) -> Any:
    """The content source for a restore."""
    source = pb.VolumeContentSource.SnapshotSource(snapshot_id=ident)
    return pb.VolumeContentSource(snapshot=source)


def from_volume(ident: str) -> Any:
    """The content source for a clone."""
    source = pb.VolumeContentSource.VolumeSource(volume_id=ident)
    return pb.VolumeContentSource(volume=source)
