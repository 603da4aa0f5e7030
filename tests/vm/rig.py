# SPDX-License-Identifier: BSD-2-Clause
"""A running test VM: restore a saved state, run commands, collect results.

    with Vm("nas", payload=folder, log=Path("vm.log")) as vm:
        rc, output = vm.run("/payload/bin/thing", timeout=60)

See README.md for what the guest looks like.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import machine
from machine import MachineError

READY = "rig: ready"
KILL_GRACE = 30.0  # the guest ends an overdue command; then the host ends all

Payload = Path | str | Mapping[str, Path | str] | None


class CommandError(Exception):
    """A command that had to succeed did not."""


class CommandTimeout(MachineError):
    """The guest did not even end an overdue command; the VM was killed."""


class Vm:
    """One machine. It dies with the `with` block, and with this process.

    state    name of a saved state ("blank", "nas"), or None to boot
    payload  a folder seen as /payload in the guest, or a mapping from paths
             below /payload to files and folders
    log      file that gets commands and their output while they run
    """

    def __init__(
        self,
        state: str | None = "nas",
        payload: Payload = None,
        *,
        log: Path | str | None = None,
    ) -> None:
        self._name = state
        self._state = machine.state_dir(state) if state else None
        self._image = machine.cache_dir() / "image"
        self._payload = payload
        self._log_path = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Vm:
        if self._name and not machine.is_current(self._name):
            raise MachineError(
                f"the saved state '{self._name}' is missing or out of date: "
                "run tests/vm/build"
            )
        self._disks = _make_run_folder()
        self._sockets = Path(tempfile.mkdtemp(prefix="vm."))
        try:
            self._log = open(self._log_path or self._disks / "log", "ab")
            self._make_disks()
            self._start()
            self._introduce()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill the machine and drop its disks. Harmless when repeated."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        if hasattr(self, "_log"):
            self._log.close()
        shutil.rmtree(self._disks, ignore_errors=True)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def run(self, command: str, timeout: float = 120) -> tuple[int, str]:
        """Run a bash command in the guest: (exit code, stdout and stderr).

        After `timeout` seconds the guest ends the command, with code 124 (137
        if it had to be killed); a guest that fails to do even that is killed
        itself and CommandTimeout raised.
        """
        mark = "@" + secrets.token_hex(8)
        line = f"{mark} {timeout:.0f} {_bash_quote(command)}\n"
        self._note(f"$ {command}\n".encode())
        self._socket.sendall(line.encode())
        return self._read_answer(mark.encode(), timeout)

    def check(self, command: str, timeout: float = 120) -> str:
        """Like run(), for a command that must succeed: its output."""
        rc, output = self.run(command, timeout)
        if rc != 0:
            raise CommandError(f"'{command}' ended with {rc}:\n{output}")
        return output

    def collect(self, into: Path | str, path: str = "/out") -> None:
        """Copy the contents of a guest folder (256 MiB at most) to the host."""
        self.check(f"tar -cf /dev/vdc -C '{path}' . && sync")
        Path(into).mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["tar", "-C", str(into), "-xf", str(self._disks / "out.raw")],
            check=True,
        )

    def console(self) -> str:
        """What the guest's kernel and init have printed."""
        file = self._disks / "console.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def save(self, name: str) -> None:
        """Save memory and data disks as the state `name`; the VM ends."""
        self.check("sync; sync -f /")
        folder = machine.state_dir(name)
        fresh = folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        self._monitor.save(fresh / "ram")
        for disk in machine.DATA_DISKS:
            _copy_sparse(self._disks / f"{disk}.raw", fresh / f"{disk}.raw")
        self.close()
        (fresh / "key").write_text(machine.state_key(name))
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)

    def _make_disks(self) -> None:
        for name, size in machine.DISKS.items():
            file = self._disks / f"{name}.raw"
            if name == "payload":
                self._write_payload(file)
            elif self._state and name in machine.DATA_DISKS:
                _copy_sparse(self._state / file.name, file)
            else:
                file.touch()
            if file.stat().st_size > size:
                raise MachineError(
                    f"the payload is larger than {size >> 20} MiB"
                )
            os.truncate(file, size)

    def _write_payload(self, file: Path) -> None:
        tree = self._payload or {}
        if not isinstance(tree, Mapping):
            tree = {"": tree}
        with tarfile.open(file, "w", dereference=True) as archive:
            archive.add(machine.HERE / "guest", "rig")
            for inside, outside in tree.items():
                archive.add(outside, str(Path("payload", inside)))

    def _start(self) -> None:
        line = machine.arguments(self._image, self._disks, self._sockets)
        if self._state:
            line += ["-incoming", "defer"]
        # with setpriv the VM dies even if this process is killed
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=open(self._disks / "qemu.log", "wb"),
        )
        try:
            self._monitor = machine.Monitor(self._sockets / "qmp")
        except MachineError as error:
            reason = (self._disks / "qemu.log").read_text(errors="replace")
            raise MachineError(f"{error}: {reason.strip()}") from error
        if self._state:
            self._monitor.restore(self._state / "ram")
        else:
            self._await_boot(240)
        self._socket = machine.connect(self._sockets / "command", 20)
        self._buffer = b""

    def _await_boot(self, seconds: float) -> None:
        assert self._process
        deadline = time.monotonic() + seconds
        while READY not in self.console():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise MachineError(
                    f"the guest did not start:\n{self.console()[-2000:]}"
                )
            time.sleep(0.1)

    def _introduce(self) -> None:
        """Set the clock and unpack the payload."""
        self.check(f"date -s @{time.time():.2f} >/dev/null")
        self.check("rm -rf /rig /payload; tar -xf /dev/vdb -C /; mkdir -p /out")

    def _read_answer(self, mark: bytes, timeout: float) -> tuple[int, str]:
        deadline = time.monotonic() + timeout + KILL_GRACE
        output = b""
        while True:
            line, newline, rest = self._buffer.partition(b"\n")
            if newline:
                self._buffer = rest
                if line.startswith(mark):
                    # the agent puts a newline of its own before the mark
                    text = output[:-1].decode(errors="replace")
                    return int(line[len(mark) :]), text
                output += line + newline
                self._note(line + newline)
                continue
            ready, _, _ = select.select(
                [self._socket], [], [], max(0.0, deadline - time.monotonic())
            )
            data = self._socket.recv(1 << 16) if ready else b""
            if not data:
                self._fail(bool(ready), timeout)
            self._buffer += data

    def _fail(self, has_ended: bool, timeout: float) -> NoReturn:
        text = self.console()[-2000:]
        self.close()
        if has_ended:
            raise MachineError(f"the VM ended during a command:\n{text}")
        raise CommandTimeout(
            f"the VM hung: no answer {KILL_GRACE:.0f} s after the deadline of "
            f"{timeout:.0f} s:\n{text}"
        )

    def _note(self, data: bytes) -> None:
        self._log.write(data)
        self._log.flush()


def _bash_quote(text: str) -> str:
    """One line of bash that evaluates to the text."""
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return f"$'{text}'"


def _copy_sparse(source: Path, target: Path) -> None:
    subprocess.run(
        ["cp", "--sparse=always", "--reflink=auto", str(source), str(target)],
        check=True,
    )


def _make_run_folder() -> Path:
    """A folder for this machine's disks; those of dead owners are removed."""
    runs = machine.cache_dir() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    for folder in runs.iterdir():
        owner = folder.name.partition(".")[0]
        if not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}.", dir=runs))
