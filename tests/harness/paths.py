# SPDX-License-Identifier: BSD-2-Clause
"""Where things are in a checkout."""
from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SCALE_CSI_BUILD", ROOT / "build/release")).resolve()
CACHE = Path(os.environ.get("SCALE_CSI_CACHE", Path.home() / ".cache/scale-csi"))
CONTROLLER = BUILD / "bin/scale-csi"
NODE = BUILD / "bin/scale-csi-node"
BACKENDS = BUILD / "lib/scale-csi"
SIMULATOR = ROOT / "tests/truenas-sim"

sys.path.insert(0, str(SIMULATOR))
