# SPDX-License-Identifier: BSD-2-Clause
"""The CSI messages for Python, generated from proto/csi.proto when needed."""
from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from .paths import ROOT


def _generate(out: Path) -> None:
    """protoc writes beside the target and renames, so that two tests at once
    never read half a file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as work:
        subprocess.run(["protoc", f"-I{ROOT}/proto", f"--python_out={work}",
                        "csi.proto"], check=True)
        os.replace(Path(work) / "csi_pb2.py", out)


def load() -> ModuleType:
    """The module csi_pb2."""
    source = ROOT / "proto/csi.proto"
    out = ROOT / "build/python/csi_pb2.py"
    if not out.exists() or out.stat().st_mtime < source.stat().st_mtime:
        _generate(out)
    if str(out.parent) not in sys.path:
        sys.path.insert(0, str(out.parent))
    return importlib.import_module("csi_pb2")
