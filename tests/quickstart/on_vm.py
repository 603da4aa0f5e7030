# SPDX-License-Identifier: BSD-2-Clause
"""The main job on a real kernel: the VM is made when it is not there."""
from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.paths import ROOT

sys.path.insert(0, str(ROOT / "tests/vm"))


def run() -> int:
    import payload
    import rig

    begun = time.monotonic()
    print("   the VM (Debian's kernel, ZFS, nfsd, LIO, nvmet; built once, some minutes):",
          flush=True)
    if subprocess.run([str(ROOT / "tests/vm/build")], check=False).returncode != 0:
        return 1
    with tempfile.TemporaryDirectory() as work:
        with rig.Vm("nas", payload.gather(Path(work)), log=Path(work) / "vm.log") as vm:
            print(f"   running after {time.monotonic() - begun:.1f} s", flush=True)
            code, output = vm.run(payload.command("tell"), timeout=600)
    print(output)
    print(f"everything took {time.monotonic() - begun:.1f} s")
    return code
