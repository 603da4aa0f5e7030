# SPDX-License-Identifier: BSD-2-Clause
"""Programs that refuse to start: a code that is not zero, and one line that says why."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from harness import driver
from harness.paths import BACKENDS, ROOT
from harness.world import config_for

from truenas_sim.process import Simulator

from .words import assert_sentence


@pytest.fixture(scope="module", name="nas")
def _nas() -> Iterator[Simulator]:
    with Simulator() as nas:
        yield nas


def said(line: str) -> str:
    """The message of a log line."""
    assert "level=error" in line, line
    text = line.partition('msg="')[2]
    assert text.endswith('"'), line
    return text[:-1].replace('\\"', '"')


def refuses(program: driver.Program, *words: str) -> None:
    """It ends by itself, not with 0, after one line with those words."""
    with pytest.raises(driver.DidNotStart) as caught:
        program.start()
    assert program.process is not None and program.process.returncode not in (0, None)
    assert program.process.returncode > 0, "it was killed by a signal"
    lines = str(caught.value).splitlines()
    assert len(lines) == 1, lines
    assert_sentence(said(lines[0]), *words)


def controller(tmp_path: Path, simulator: Simulator, backend_dir: Path = BACKENDS,
               backends: dict[str, Any] | None = None, **sections: Any) -> driver.Program:
    config = config_for(simulator, backends if backends is not None else {"nfs": {}},
                        **{"log": {"level": "warning"}, **sections})
    return driver.controller(tmp_path, config, backend_dir=backend_dir)


# -- the configuration ----------------------------------------------------------
# sections, words
CONFIGS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("unknown-key", {"nas": {"usrname": "csi"}},
     ("controller.yaml", "line", "unknown key 'usrname' in 'nas'", "did you mean 'username'")),
    ("unknown-section", {"pool": {"a": "b"}}, ("unknown key 'pool'", "did you mean 'pools'")),
    ("unknown-backend-key", {"backends": {"nfs": {"hots": ["a"]}}},
     ("'nfs.hots' is not known", "did you mean 'nfs.hosts'")),
    ("no-username", {"nas": {"username": ""}}, ("nas.username is missing and required",)),
    ("no-pools", {"pools": []}, ("pools is missing", "tank/k8s")),
    ("long-parent", {"pools": [{"name": "default", "parent": "tank/" + "x" * 60}]},
     ("the parent 'tank/xxx", "pool 'default' is 65 bytes long", "choose a shorter one")),
    ("bad-parent", {"pools": [{"name": "default", "parent": "/mnt/tank"}]},
     ("the parent '/mnt/tank'", "no dataset path", "'tank/k8s'")),
    ("nested-parents", {"pools": [{"name": "a", "parent": "tank"}, {"name": "b", "parent": "tank/k"}]},
     ("'tank' and 'tank/k'", "overlap")),
    ("plain-elsewhere", {"nas": {"url": "ws://192.0.2.7/api/current"}},
     ("'ws://192.0.2.7/api/current'", "without TLS", "use wss://")),
    ("plain-not-allowed", {"nas": {"allowPlainLoopback": False}},
     ("without TLS", "revokes keys", "use wss://")),
    ("no-url", {"nas": {"url": "https://nas"}}, ("'https://nas'", "wss://")),
    ("no-ca-file", {"nas": {"caFile": "/none/ca.pem"}},
     ("CA file '/none/ca.pem'", "No such file")),
    ("bad-level", {"log": {"level": "loud"}}, ("log.level 'loud'", "warning")),
    ("bad-listen", {"http": {"listen": "nowhere"}}, ("'nowhere'",)),
]


@pytest.mark.parametrize("sections, words", [row[1:] for row in CONFIGS],
                         ids=[row[0] for row in CONFIGS])
def test_a_configuration_that_cannot_be(tmp_path: Path, nas: Simulator, sections: dict[str, Any],
                                        words: tuple[str, ...]) -> None:
    sections = dict(sections)
    backends = sections.pop("backends", None)
    refuses(controller(tmp_path, nas, backends=backends, **sections), *words)


def test_no_configuration_file(tmp_path: Path, nas: Simulator) -> None:
    program = controller(tmp_path, nas)
    (tmp_path / "controller.yaml").unlink()
    refuses(program, f"'{tmp_path}/controller.yaml'", "no such file")


def test_a_configuration_that_is_no_yaml(tmp_path: Path, nas: Simulator) -> None:
    program = controller(tmp_path, nas)
    (tmp_path / "controller.yaml").write_text("nas: [url\n")
    refuses(program, f"'{tmp_path}/controller.yaml'", "line")


def test_a_node_s_configuration_is_as_strict(tmp_path: Path) -> None:
    refuses(driver.node(tmp_path, {"node": {"rot": "/var/lib/kubelet"}}),
            "unknown key 'rot' in 'node'", "did you mean 'root'")


# -- the socket -------------------------------------------------------------------
def test_an_endpoint_that_is_a_file(tmp_path: Path, nas: Simulator) -> None:
    program = controller(tmp_path, nas)
    program.socket.write_text("somebody's data")
    refuses(program, f"'{program.socket}'", "not a socket")
    assert program.socket.read_text() == "somebody's data"


def test_an_endpoint_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    program = driver.node(tmp_path)
    program.argv[program.argv.index("--endpoint") + 1] = f"unix://{tmp_path}/none/csi.sock"
    refuses(program, f"'{tmp_path}/none", "No such file")


def test_an_endpoint_that_is_no_unix_socket(tmp_path: Path) -> None:
    program = driver.node(tmp_path)
    program.argv[program.argv.index("--endpoint") + 1] = "tcp://0.0.0.0:10000"
    refuses(program, "'tcp://0.0.0.0:10000'", "unix:///")


# -- backend files ------------------------------------------------------------------
@pytest.fixture(name="files")
def _files(tmp_path: Path) -> Path:
    """A backend folder of our own, as trustworthy as an installed one."""
    made = tmp_path / "backends"
    made.mkdir(mode=0o755)
    shutil.copy(BACKENDS / "backend_nfs.so", made)
    os.chmod(made / "backend_nfs.so", 0o644)
    return made


def compiled(files: Path, name: str, source: str) -> Path:
    """A backend file made of this C."""
    out = files / f"backend_{name}.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", f"-I{ROOT}/include", "-o", str(out), "-"],
                   input=source, text=True, check=True)
    os.chmod(out, 0o644)
    return out


def broken(change: str) -> str:
    """A backend whose descriptor is right but for one thing."""
    return f"""#include <scale_backend.h>
        static const struct scale_backend *entry(void)
        {{
            static struct scale_backend backend = {{
                .magic = SCALE_BACKEND_MAGIC, .abi_major = SCALE_ABI_MAJOR,
                .abi_minor = SCALE_ABI_MINOR, .struct_size = sizeof(backend),
                .name = "other", .id_prefix = "scale-other", .version = "1", .summary = "x",
                .can = SCALE_CAN_FILESYSTEM, .thread_model = SCALE_PARALLEL,
            }};
            {change}
            return &backend;
        }}
        const struct scale_backend *scale_backend_entry(void)
        {{ return entry(); }}"""


FLAWS = [
    ("wrong-magic", "backend.magic = 1;", ("0x00000001",)),
    ("wrong-abi", "backend.abi_major = 99;", ("built for ABI 99.", "SDK")),
    ("newer-host", "backend.host_minor_min = 99;", ("needs a host with ABI", "upgrade scale-csi")),
    ("too-small", "backend.struct_size = 16;", ("16 bytes", "are wanted")),
    ("no-halves", "", ("neither a controller nor a node half",)),
]


@pytest.mark.parametrize("change, words", [row[1:] for row in FLAWS],
                         ids=[row[0] for row in FLAWS])
def test_a_backend_that_does_not_fit(tmp_path: Path, nas: Simulator, files: Path, change: str,
                                     words: tuple[str, ...]) -> None:
    file = compiled(files, "other", broken(change))
    refuses(controller(tmp_path, nas, files, {"other": {}}), f"'{file}'", *words)
    refuses(driver.node(tmp_path, backend_dir=files), f"'{file}'", *words)


def test_a_library_that_is_no_backend(tmp_path: Path, nas: Simulator, files: Path) -> None:
    file = compiled(files, "other", "int other = 1;")
    refuses(controller(tmp_path, nas, files, {"other": {}}), f"'{file}'", "is no backend")


def test_a_backend_file_that_is_no_library(tmp_path: Path, nas: Simulator, files: Path) -> None:
    (files / "backend_other.so").write_text("not an object")
    refuses(controller(tmp_path, nas, files, {"other": {}}), f"'{files}/backend_other.so'")


def test_a_backend_file_that_is_missing(tmp_path: Path, nas: Simulator, files: Path) -> None:
    refuses(controller(tmp_path, nas, files, {"iscsi": {}}), f"'{files}/backend_iscsi.so'",
            "backend 'iscsi'", "install")


@pytest.mark.parametrize("mode", [0o646, 0o664])
def test_a_backend_file_that_others_may_write(tmp_path: Path, nas: Simulator, files: Path,
                                              mode: int) -> None:
    os.chmod(files / "backend_nfs.so", mode)
    words = (f"'{files}/backend_nfs.so' has mode {mode:04o}", "changed by others",
             "take write permission")
    refuses(controller(tmp_path, nas, files), *words)
    refuses(driver.node(tmp_path, backend_dir=files), *words)


def test_a_backend_folder_that_others_may_write(tmp_path: Path, nas: Simulator,
                                                files: Path) -> None:
    os.chmod(files, 0o777)
    refuses(controller(tmp_path, nas, files), f"'{files}' has mode 0777", "changed by others")


def test_a_backend_file_of_somebody_else(tmp_path: Path, nas: Simulator, files: Path) -> None:
    os.chown(files / "backend_nfs.so", 65534, 65534)
    refuses(controller(tmp_path, nas, files), "belongs to user 65534", "make it root's")


def test_a_backend_file_that_is_a_link(tmp_path: Path, nas: Simulator, files: Path) -> None:
    (files / "backend_nfs.so").rename(files / "real.so")
    (files / "backend_nfs.so").symlink_to("real.so")
    refuses(controller(tmp_path, nas, files), "symbolic link")


# -- the command line -----------------------------------------------------------------
@pytest.mark.parametrize("arguments, words", [
    ([], "usage: "),
    (["serv"], "usage: "),
    (["serve"], "--config is missing"),
    (["serve", "--confg", "x"], "did you mean '--config'"),
    (["serve", "--config"], "--config needs a value"),
    (["backends", "--backend-dir", "/none"], "no '/none'"),
])
def test_a_command_line_that_cannot_be(arguments: list[str], words: str) -> None:
    done = subprocess.run([str(driver.CONTROLLER), *arguments], capture_output=True, text=True,
                          check=False, timeout=20)
    assert done.returncode in (1, 2)
    assert words in done.stderr and done.stdout == ""
