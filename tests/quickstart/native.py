# SPDX-License-Identifier: BSD-2-Clause
"""The main job against the simulator, for every protocol."""
from __future__ import annotations

import signal
import sys
import time
from typing import Any, Callable

from harness import client
from harness.client import GIB
from harness.driver import node
from harness.world import PROTOCOLS, World

from . import inventory, tell

TITLES = {"nfs": "NFS: a file system shared over the network",
          "iscsi": "iSCSI: a disk",
          "nvmeof": "NVMe-oF (TCP): a disk"}


class Story:
    """One protocol's volume from birth to end."""

    def __init__(self, world: World, protocol: str, node_id: str) -> None:
        self.world, self.protocol, self.node_id = world, protocol, node_id
        self.name = f"pvc-{protocol}"

    def do(self, verb: str, asked: str, answer: Callable[[Any], str],
           look: bool = False, **fields: Any) -> Any:
        """One RPC, told with its cost."""
        self.world.nas.control.command("clear_calls")
        begun = time.monotonic()
        reply = getattr(self.world.csi, verb)(**fields)
        took = (time.monotonic() - begun) * 1000
        calls = len(self.world.nas.control.command("calls", results=False))
        tell.step(verb, asked, answer(reply), took, calls)
        if look:
            tell.exists(inventory.look(self.world.nas))
        return reply

    def create(self, name: str, asked: str, source: Any = None, look: bool = True) -> Any:
        return self.do(
            "CreateVolume", asked, lambda r: r.volume.volume_id, look, name=name,
            capacity_range=client.size(GIB), volume_capabilities=[client.mount()],
            parameters={"protocol": self.protocol}, volume_content_source=source).volume

    def run(self) -> None:
        volume = self.create(self.name, f"{self.name}, 1 GiB, protocol {self.protocol}")
        ident = volume.volume_id
        self.do("ControllerPublishVolume", f"{ident} to node-1",
                lambda r: tell.context_text(r.publish_context), volume_id=ident,
                node_id=self.node_id, volume_capability=client.mount(),
                volume_context=dict(volume.volume_context))
        snapshot = self.do("CreateSnapshot", f"snap-{self.protocol} of {ident}",
                           lambda r: r.snapshot.snapshot_id, name=f"snap-{self.protocol}",
                           source_volume_id=ident).snapshot.snapshot_id
        restored = self.create(f"{self.name}-restored", f"from snapshot {snapshot}",
                               client.from_snapshot(snapshot), look=False).volume_id
        cloned = self.create(f"{self.name}-clone", f"from volume {ident}",
                             client.from_volume(ident)).volume_id
        self.do("ControllerExpandVolume", f"{ident} to 2 GiB",
                lambda r: tell.bytes_text(r.capacity_bytes) +
                (", the node grows the rest" if r.node_expansion_required else ""),
                volume_id=ident, capacity_range=client.size(2 * GIB))
        self.do("ListVolumes", "all", lambda r: f"{len(r.entries)} volumes")
        self.do("ControllerUnpublishVolume", f"{ident} from node-1", lambda r: "ok",
                volume_id=ident, node_id=self.node_id)
        for gone in (cloned, restored):
            self.do("DeleteVolume", gone, lambda r: "ok", volume_id=gone)
        self.do("DeleteSnapshot", snapshot, lambda r: "ok", snapshot_id=snapshot)
        self.do("DeleteVolume", ident, lambda r: "ok", look=True, volume_id=ident)


def _keep(world: World) -> None:
    socket = world.controller.socket
    print(f"""
All of it is still running; Ctrl-C ends it.  Talk to it from another terminal:

  PYTHONPATH=tests /usr/bin/python3 -m harness {socket} \\
      CreateVolume '{{"name": "pvc-mine", "parameters": {{"protocol": "nfs"}},
                     "volumeCapabilities": [{{"mount": {{}}, "accessMode": {{"mode": 7}}}}]}}'
  PYTHONPATH=tests /usr/bin/python3 -m harness {socket} ListVolumes

  driver's log       {world.controller.log_path}
  simulator          {world.nas.url}  (user {world.nas.user}, key in {world.nas.key_file})
""", flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def run(keep: bool) -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM} if keep else set())
    begun = time.monotonic()
    with World() as world:
        agent = node(world.directory)
        agent.start()
        node_id = agent.csi.NodeGetInfo().node_id
        agent.stop()
        info = world.csi.GetPluginInfo()
        print(f"   {info.name} {info.vendor_version} answers on {world.controller.socket}")
        print(f"   a simulated TrueNAS 25.10 listens at {world.nas.url}")
        for protocol in PROTOCOLS:
            tell.heading(TITLES[protocol])
            Story(world, protocol, node_id).run()
        left = inventory.look(world.nas)
        wrong = world.violations()
        if left or wrong:
            print(f"\nnot everything is gone: {left} {wrong}", file=sys.stderr)
            return 1
        print(f"\nThe NAS is empty again; everything took {time.monotonic() - begun:.1f} s.")
        if keep:
            _keep(world)
    return 0
