# SPDX-License-Identifier: BSD-2-Clause
"""Command line inside the VM: data|sanity|sanity-node PROTOCOL ACCESS,
trouble PROTOCOL, or tell."""
from __future__ import annotations

import sys

sys.path.insert(0, "/payload/tests")
sys.path.insert(0, "/payload/tests/vm")


def main() -> int:
    from driver import data, sanity, tell, trouble

    what, *rest = sys.argv[1:]
    if what == "data":
        data.run(*rest)
        return 0
    if what in ("sanity", "sanity-node"):
        passed, failed = sanity.run(*rest, only_node=what == "sanity-node")
        return 0 if passed and not failed else 1
    if what == "trouble":
        trouble.run(*rest)
        return 0
    if what == "tell":
        return tell.run()
    print(f"'{what}' is none of data, sanity, sanity-node, trouble, tell", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
