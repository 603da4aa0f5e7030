# SPDX-License-Identifier: BSD-2-Clause
"""Command line inside the VM: data|sanity PROTOCOL ACCESS, or tell."""
from __future__ import annotations

import sys

sys.path.insert(0, "/payload/tests")
sys.path.insert(0, "/payload/tests/vm")


def main() -> int:
    from driver import data, sanity, tell

    what, *rest = sys.argv[1:]
    if what == "data":
        data.run(*rest)
        return 0
    if what == "sanity":
        passed, failed = sanity.run(*rest)
        return 0 if passed and not failed else 1
    if what == "tell":
        return tell.run()
    print(f"'{what}' is neither data nor sanity nor tell", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
