# SPDX-License-Identifier: BSD-2-Clause
"""A backend built as a stranger builds it: from the installed SDK alone."""
from __future__ import annotations

import subprocess
from pathlib import Path

from .paths import BUILD, ROOT


def _quietly(*argv: str | Path) -> None:
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}:\n{done.stdout}{done.stderr}")


def build_loop(work: Path) -> Path:
    """Installs the SDK below `work`, copies the example away from the tree, builds
    it there; the path of backend_loop.so."""
    sdk, source, build = work / "sdk", work / "source", work / "build"
    _quietly("cmake", "--install", BUILD, "--component", "sdk", "--prefix", sdk)
    _quietly("cp", "-r", ROOT / "examples/backend-loop", source)
    _quietly("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={sdk}",
             "-DCMAKE_BUILD_TYPE=Release")
    _quietly("cmake", "--build", build)
    return next(build.rglob("backend_loop.so"))
