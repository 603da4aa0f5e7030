# SPDX-License-Identifier: BSD-2-Clause
"""The quickstart's story on a real kernel, told step by step."""
from __future__ import annotations

import time
from typing import Any, Callable

from harness import client
from harness.pod import Attach
from quickstart import inventory, tell
from quickstart.native import TITLES

from . import leftovers
from .site import Site

MIB = 1 << 20


def _step(verb: str, asked: str, action: Callable[[], Any],
          answer: Callable[[Any], str] = lambda _: "ok") -> Any:
    begun = time.monotonic()
    reply = action()
    tell.step(verb, asked, answer(reply), (time.monotonic() - begun) * 1000, None)
    return reply


def _mounted(path: Any) -> str:
    for line in open("/proc/self/mountinfo", encoding="utf-8"):
        if f" {path} " in line:
            kind, source = line.partition(" - ")[2].split()[:2]
            return f"{source} ({kind})"
    return "nothing"


def _story(site: Site, protocol: str) -> None:
    csi, name = site.controller.csi, f"pvc-{protocol}"
    size = 1024 * MIB if protocol == "nfs" else 320 * MIB
    volume = _step("CreateVolume", f"{name}, {tell.bytes_text(size)}", lambda: client.patiently(
        csi.CreateVolume, name=name, capacity_range=client.size(size), volume_capabilities=[client.mount()],
        parameters={"protocol": protocol}, timeout=60).volume, lambda v: v.volume_id)
    tell.exists(inventory.look(site.nas))
    pod = Attach(site, volume)
    _step("ControllerPublishVolume", "to node-1", pod.publish,
          lambda _: tell.context_text(pod.context))
    _step("NodeStageVolume", "attach, format, mount", pod.stage,
          lambda _: _mounted(pod.staging))
    _step("NodePublishVolume", "into the pod", pod.bind, lambda _: str(pod.target.name))
    written = _step("write", "4 MiB and fsync", lambda: pod.write(name.encode()),
                    lambda d: f"sha256 {d[:16]}...")
    _step("NodeUnpublish, NodeUnstage", "unmount, detach", pod.detach)
    site.node.stop()
    site.node.start(timeout=60)
    again = Attach(site, volume).attach()
    read = _step("read", "after a restart and a new attach", again.read,
                 lambda d: f"sha256 {d[:16]}...")
    if read != written:
        raise AssertionError("other bytes than were written")
    again.detach()
    _step("DeleteVolume", volume.volume_id,
          lambda: client.patiently(csi.DeleteVolume, volume_id=volume.volume_id, timeout=60))


def run() -> int:
    with Site() as site:
        for protocol, title in TITLES.items():
            tell.heading(title)
            _story(site, protocol)
        left = leftovers.left(str(site.kubelet))
        print("\n" + ("left over: " + "; ".join(left) if left else
                      "No mount, session, record, export, LUN, subsystem or dataset is left."))
    return 1 if left else 0
