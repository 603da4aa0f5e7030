# SPDX-License-Identifier: BSD-2-Clause
"""What goes wrong on a node: each time it ends with nothing left, or is told."""
from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any, Callable

from harness import client
from harness.life import GIB, MIB
from harness.pod import Attach

from . import leftovers
from .site import Site

UNSTAGE_S = 30.0  # whatever the NAS does; the pod's owner waits for it
STATS_S = 15.0
NOTICE_S = 60.0  # LIO asks an idle initiator every 15 s and waits for 30
NAS_LINK = ["ip", "-n", "nas", "link", "set", "nas1"]


def _sh(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def _volume(site: Site, name: str, protocol: str, raw: bool = False,
            size: int = 128 * MIB) -> Attach:
    can = client.block() if raw else client.mount()
    volume = client.patiently(
        site.controller.csi.CreateVolume, name=name, volume_capabilities=[can],
        capacity_range=client.size(GIB if protocol == "nfs" else size),
        parameters={"protocol": protocol}, timeout=60).volume
    return Attach(site, volume, raw=raw, pod=f"pod-{name}")


def _delete(pod: Attach) -> None:
    """As the provisioner does it, again and again: the NAS may take a while to
    notice that a session which it was cut off from has ended."""
    pod.detach()
    deadline = time.monotonic() + NOTICE_S
    while refusal := _refusal(lambda: client.patiently(
            pod.site.controller.csi.DeleteVolume, volume_id=pod.volume.volume_id,
            timeout=60)):
        assert "is logged in" in refusal and time.monotonic() < deadline, refusal
        time.sleep(0.5)


def _refusal(call: Callable[[], Any]) -> str:
    """What it was refused with; "" when it was not."""
    try:
        call()
    except client.Refused as refused:
        return str(refused)
    return ""


def _is_within(seconds: float, call: Callable[[], Any]) -> str:
    begun = time.monotonic()
    refusal = _refusal(call)
    took = time.monotonic() - begun
    assert took < seconds, f"it took {took:.1f} s: {refusal}"
    return refusal


def _end_sessions(protocol: str) -> None:
    """As an admin does it by hand, or the kernel after a long outage."""
    if protocol == "iscsi":
        _sh("iscsiadm", "-m", "node", "-u")
        return
    for path in Path("/sys/class/nvme").glob("nvme*/delete_controller"):
        path.write_text("1")


def _nothing_attached(site: Site) -> None:
    found = leftovers.find(str(site.kubelet))
    for kind in ("mounts", "iSCSI sessions", "iSCSI records", "NVMe controllers"):
        assert found[kind] == [], f"{kind}: {found[kind]}"
    assert not list(Path("/sys/fs/ext4").glob("*/delayed_allocation_blocks")), \
        "a superblock lives"


def _lost_session(site: Site, protocol: str, raw: bool) -> None:
    """The device goes away under what is mounted: unstage leaves neither."""
    pod = _volume(site, f"pvc-lost-{int(raw)}", protocol, raw).attach()
    digest = pod.write(b"before the loss")
    _end_sessions(protocol)
    pod.unbind()
    refusal = _is_within(UNSTAGE_S, pod.unstage)
    assert not refusal or "written" in refusal, refusal
    pod.unstage()
    _nothing_attached(site)
    pod.attach()
    assert pod.read() == digest, "other bytes than were written"
    _delete(pod)


def _another_session(site: Site, protocol: str) -> None:
    """The device came back as another one, which has users of its own."""
    pod = _volume(site, "pvc-again", protocol).attach()
    _end_sessions(protocol)
    refusal = _refusal(pod.stage)
    assert "ALREADY_EXISTS" in refusal, refusal
    pod.unbind()
    again = Attach(site, pod.volume, pod="pod-pvc-again")
    again.context, again.staging = pod.context, pod.staging.with_name("second")
    again.attach()
    digest = again.write(b"by the new session")
    refusal = _refusal(pod.unstage)
    assert "still mounted" in refusal, refusal
    assert again.read() == digest
    again.unbind()
    again.unstage()
    again.staging.rmdir()
    _delete(pod)


def _hanging_unmount(site: Site, protocol: str) -> None:
    """The cable is pulled, and the umount of a driver that died hangs: what
    comes next finds no mount, and a superblock."""
    pod = _volume(site, "pvc-dark", protocol).attach()
    digest = pod.write(b"before the dark")
    pod.unbind()
    _sh(*NAS_LINK, "down")
    site.node.kill()
    umount = subprocess.Popen(["umount", str(pod.staging)])
    try:
        deadline = time.monotonic() + UNSTAGE_S
        while str(pod.staging) in Path("/proc/self/mountinfo").read_text():
            assert time.monotonic() < deadline, "it is not even unmounted"
            time.sleep(0.05)
        assert umount.poll() is None, "it does not hang"
        site.node.start(timeout=60)
        while refusal := _is_within(UNSTAGE_S, pod.unstage):
            assert time.monotonic() < deadline, refusal
        _nothing_attached(site)
    finally:
        _sh(*NAS_LINK, "up")
    umount.wait(UNSTAGE_S)
    assert client.patiently(lambda: pod.attach().read()) == digest
    _delete(pod)


def _dead_nas(site: Site, protocol: str) -> None:
    """The cable is pulled: no verb waits for the NAS."""
    pods = [_volume(site, f"pvc-dead-{n}", protocol) for n in range(2)]
    pods[0].attach()
    pods[0].write(b"x", MIB)
    pods[1].publish()
    _sh(*NAS_LINK, "down")
    try:
        _is_within(STATS_S, lambda: site.node.csi.NodeGetVolumeStats(
            volume_id=pods[0].volume.volume_id, volume_path=str(pods[0].target)))
        assert _is_within(60, pods[1].stage), "staged without a NAS"
        assert _is_within(UNSTAGE_S, pods[1].unstage) == ""
        pods[0].unbind()
        _is_within(UNSTAGE_S, pods[0].unstage)
        assert _is_within(UNSTAGE_S, pods[0].unstage) == ""
        _nothing_attached(site)
    finally:
        _sh(*NAS_LINK, "up")
    client.patiently(lambda: pods[0].attach())
    for pod in pods:
        _delete(pod)


def _large_writes(site: Site, protocol: str) -> None:
    """A zvol's best I/O size is 32 MiB, and nvmet takes 4 MiB at most."""
    pod = _volume(site, "pvc-large", protocol, size=256 * MIB).attach()
    subprocess.run(["dd", "if=/dev/zero", f"of={pod.target}/large", "bs=64M", "count=3",
                    "oflag=direct"], check=True, capture_output=True)
    _delete(pod)


def run(protocol: str) -> None:
    """Everything for one protocol, from an empty machine to an empty machine."""
    with Site() as site:
        begun = time.monotonic()

        def say(text: str) -> None:
            print(f"  {text:<60} {time.monotonic() - begun:6.1f} s", flush=True)

        if protocol != "nfs":
            _large_writes(site, protocol)
            say("64 MiB at once are written")
            _lost_session(site, protocol, raw=False)
            _lost_session(site, protocol, raw=True)
            say("sessions that ended by themselves: unstaged, attached again")
            _another_session(site, protocol)
            say("a device that came back as another one")
            _hanging_unmount(site, protocol)
            say("an unmount that hung: the session was cut under it")
        _dead_nas(site, protocol)
        say("the NAS cut off: unstaged within 30 s")
        after = leftovers.left(str(site.kubelet))
        assert after == [], f"left over: {after}"
