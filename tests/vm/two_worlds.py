#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does the simulator tell the truth? Random scripts of API calls go through
the simulator's model and through real ZFS, nfsd, LIO and nvmet in the VM; the
answers and the states must agree.

The whole state is costly to read and is compared every few calls. If it
differs, the script is run again with a look after each call of the stretch in
question, so that the shortest prefix that differs is printed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

import rig

HERE = Path(__file__).resolve().parent
GUEST_COMMAND = (
    ". /rig/rig.sh; export PYTHONPATH=/payload/truenas-sim:/payload/worlds; "
    "in_nas python3 /payload/worlds/lockstep.py"
)
PAYLOAD = {
    "truenas-sim": HERE.parent / "truenas-sim",
    "worlds": HERE / "worlds",
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1 << 32)
    )
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument(
        "--every", type=int, default=20, help="calls between whole looks"
    )
    parser.add_argument("--verbose", action="store_true", help="print calls")
    parser.add_argument("--log", type=Path, help="file for the guest's output")
    return parser.parse_args()


def run(options: argparse.Namespace, more: str = "") -> tuple[int, str]:
    """One script in a fresh VM."""
    command = (
        f"{GUEST_COMMAND} --seed {options.seed} --calls {options.calls} "
        f"--every {options.every} {more}"
    )
    if options.verbose:
        command += " --verbose"
    with rig.Vm("nas", PAYLOAD, log=options.log) as vm:
        return vm.run(command, timeout=120 + 2 * options.calls)


def main() -> int:
    options = parse()
    print(f"two worlds: seed {options.seed}, {options.calls} calls", flush=True)
    start = time.monotonic()
    rc, output = run(options)
    if rc == 3:
        result = json.loads(output.splitlines()[-1])
        if result["calls"] > result["agreed"] + 1:
            again = run(options, f"--look-from {result['agreed']}")
            rc, output = again if again[0] == 3 else (rc, output)
    print(output, end="")
    print(f"two worlds: {time.monotonic() - start:.0f} s")
    return 1 if rc else 0


if __name__ == "__main__":
    sys.exit(main())
