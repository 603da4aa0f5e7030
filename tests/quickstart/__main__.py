# SPDX-License-Identifier: BSD-2-Clause
"""Command line of the quickstart."""
from __future__ import annotations

import argparse
import sys

from . import native, on_vm


def main() -> int:
    parser = argparse.ArgumentParser(prog="quickstart")
    parser.add_argument("--keep", action="store_true",
                        help="leave simulator and driver running at the end")
    parser.add_argument("--vm", action="store_true",
                        help="on a real kernel with real storage")
    args = parser.parse_args()
    if args.vm and args.keep:
        parser.error("--keep and --vm do not go together: the VM ends with the command")
    return on_vm.run() if args.vm else native.run(args.keep)


if __name__ == "__main__":
    sys.exit(main())
