# SPDX-License-Identifier: BSD-2-Clause
"""The virtual machine as QEMU sees it: devices, and the monitor that saves and
restores its state.

Emulation only: a /dev/kvm that may be there does not run this guest.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
QEMU = "qemu-system-x86_64"
SERIAL_PORT = "rig.command"
BLANK = "blank"

# A saved state restores only into the very same machine, disk sizes included.
DISKS = {
    "payload": 1 << 30,  # vdb: a tar archive for the guest
    "out": 256 << 20,  # vdc: a tar archive from the guest
    "data0": 8 << 30,  # vdd, vde: blank, for file systems and pools
    "data1": 8 << 30,
}
DATA_DISKS = ("data0", "data1")

MODULES = (
    "loop veth sch_netem nf_tables nft_chain_nat overlay ext4 xfs btrfs "
    "dm-multipath dm-flakey scsi_dh_alua sd_mod iscsi_tcp target_core_mod "
    "target_core_file target_core_iblock iscsi_target_mod nvmet nvmet-tcp "
    "nvme-tcp sunrpc nfsd nfsv4 zfs"
).split()

KERNEL_LINE = (
    "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off nokaslr "
    "tsc=reliable audit=0 apparmor=0 rig.modules=" + ",".join(MODULES)
)


class MachineError(Exception):
    """The machine could not be started, saved or restored."""


def cache_dir() -> Path:
    """Where images and states live, outside the tree."""
    root = os.environ.get("SCALE_CSI_CACHE") or str(
        Path.home() / ".cache" / "scale-csi"
    )
    return Path(root) / "vm"


def arguments(image: Path, disks: Path, sockets: Path) -> list[str]:
    """QEMU's command line. Without a network card: nothing gets out."""
    line = [QEMU, "-nodefaults", "-no-user-config", "-display", "none"]
    line += ["-no-reboot", "-machine", "q35", "-smp", "2", "-m", "2048"]
    line += ["-accel", "tcg,thread=multi,tb-size=512"]
    # five-level page tables and "fast" string moves are slow when emulated
    line += ["-cpu", "max,la57=off,erms=off,fsrm=off"]
    line += ["-kernel", str(image / "vmlinuz")]
    line += ["-initrd", str(image / "initrd.cpio"), "-append", KERNEL_LINE]
    line += ["-chardev", f"file,id=console,path={disks}/console.log"]
    line += ["-serial", "chardev:console", "-device", "virtio-serial"]
    line += [
        "-chardev",
        f"socket,id=command,path={sockets}/command,server=on,wait=off",
        "-device",
        f"virtserialport,chardev=command,name={SERIAL_PORT}",
        "-qmp",
        f"unix:{sockets}/qmp,server=on,wait=off",
        "-device",
        "virtio-rng-pci",
    ]
    line += _disk("root", image / "rootfs.erofs", "readonly=on")
    for name in DISKS:
        line += _disk(name, disks / f"{name}.raw", "discard=unmap")
    return line


def _disk(name: str, file: Path, option: str) -> list[str]:
    drive = f"if=none,id={name},file={file},format=raw,cache=unsafe,{option}"
    return [
        "-drive",
        drive,
        "-device",
        f"virtio-blk-pci,drive={name},serial={name}",
    ]


def state_key(name: str) -> str:
    """What a saved state depends on: image, QEMU, machine, and all states but
    the blank one on the guest library.
    """
    digest = hashlib.sha256()
    digest.update((cache_dir() / "image" / "inputs").read_bytes())
    digest.update(
        subprocess.run(
            [QEMU, "--version"], check=True, capture_output=True
        ).stdout
    )
    fixed = Path("/")
    digest.update("\n".join(arguments(fixed, fixed, fixed)).encode())
    digest.update(repr(DISKS).encode())
    if name != BLANK:
        for file in sorted((HERE / "guest").iterdir()):
            if file.is_file():
                digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def state_dir(name: str) -> Path:
    return cache_dir() / f"state-{name}"


def is_current(name: str) -> bool:
    """Whether there is a saved state, and of this very machine."""
    try:
        return (state_dir(name) / "key").read_text() == state_key(name)
    except FileNotFoundError:
        return False


def connect(path: Path, seconds: float) -> socket.socket:
    """Connect to a socket that QEMU is about to make."""
    deadline = time.monotonic() + seconds
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(str(path))
            return sock
        except OSError as error:
            sock.close()
            if time.monotonic() > deadline:
                raise MachineError(
                    f"QEMU did not open '{path}' within {seconds:.0f} s"
                ) from error
            time.sleep(0.02)


class Monitor:
    """QEMU's monitor (QMP)."""

    def __init__(self, path: Path) -> None:
        self._socket = connect(path, 20)
        self._socket.settimeout(60)
        self._file = self._socket.makefile("rw")
        self._file.readline()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """Send a command; its answer, past the events before it."""
        request = {"execute": command, "arguments": arguments}
        self._file.write(json.dumps(request) + "\n")
        self._file.flush()
        while line := self._file.readline():
            reply = json.loads(line)
            if "error" in reply:
                raise MachineError(
                    f"QEMU refused '{command}': {reply['error']['desc']}"
                )
            if "return" in reply:
                return reply["return"]
        raise MachineError(f"QEMU ended during '{command}'")

    def save(self, file: Path, seconds: float = 120) -> None:
        """Stop the machine and write its memory and devices to a file."""
        self.ask("stop")
        self.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self.ask("migrate", uri=f"exec:cat >'{file}'")
        self._await_migration(seconds)

    def restore(self, file: Path, seconds: float = 60) -> None:
        """Read what save() wrote and let the machine go on."""
        self.ask("migrate-incoming", uri=f"exec:cat '{file}'")
        self._await_migration(seconds)
        self.ask("cont")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _await_migration(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            status = self.ask("query-migrate").get("status")
            if status == "completed":
                return
            if status == "failed":
                raise MachineError("QEMU could not move the machine's state")
            if time.monotonic() > deadline:
                raise MachineError(
                    f"moving the machine's state took over {seconds:.0f} s"
                )
            time.sleep(0.02)
