# SPDX-License-Identifier: BSD-2-Clause
"""One CSI call from the command line: python3 -m harness SOCKET METHOD [JSON]."""
from __future__ import annotations

import sys

from google.protobuf import json_format

from .client import Csi, Refused, pb


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print("usage: python3 -m harness SOCKET METHOD [JSON]", file=sys.stderr)
        return 2
    socket, method = sys.argv[1], sys.argv[2]
    request = getattr(pb, f"{method}Request", None)
    if request is None:
        print(f"'{method}' is no method of CSI", file=sys.stderr)
        return 2
    message = json_format.Parse(sys.argv[3] if len(sys.argv) == 4 else "{}", request())
    with Csi(socket) as csi:
        try:
            print(json_format.MessageToJson(getattr(csi, method)(message)))
        except Refused as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
