# SPDX-License-Identifier: BSD-2-Clause
"""What the driver's tests bring into the VM: the tree's own layout."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from harness import proto  # noqa: E402
from harness.paths import BUILD  # noqa: E402


def _certificate(directory: Path) -> None:
    """A certificate of the NAS's address that is its own CA."""
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / "nas.crt").exists():
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", "/CN=nas", "-addext",
         "subjectAltName=IP:10.77.1.1", "-keyout", str(directory / "nas.key"),
         "-out", str(directory / "nas.crt")], check=True, capture_output=True)


def gather(work: Path, sanity: bool = False) -> dict[str, Path]:
    """A payload for rig.Vm; `work` takes what is made for it."""
    proto.load()
    _certificate(work / "tls")
    files = {
        "proto": ROOT / "proto",
        "build/python": ROOT / "build/python",
        "build/release/bin": BUILD / "bin",
        "build/release/lib": BUILD / "lib",
        "tls": work / "tls",
    }
    for part in ("harness", "csi", "quickstart", "truenas-sim", "vm/driver"):
        files[f"tests/{part}"] = ROOT / "tests" / part
    if sanity:
        found = subprocess.run([str(ROOT / "tests/tools/csi-sanity")], capture_output=True,
                               text=True, check=True).stdout.strip()
        files["csi-sanity"] = Path(found)
    return files


def command(*words: str) -> str:
    """The line that runs a part of driver/ in the guest."""
    return ("cd /payload && PYTHONPATH=/payload/tests/truenas-sim PYTHONDONTWRITEBYTECODE=1 "
            "/usr/bin/python3 /payload/tests/vm/driver/__main__.py " + " ".join(words))
