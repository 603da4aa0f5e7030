# SPDX-License-Identifier: BSD-2-Clause
"""Lets every system test import the harness, wherever pytest is started."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
