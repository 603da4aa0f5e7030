# SPDX-License-Identifier: BSD-2-Clause
"""Command line of the simulator."""
from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
import sys
from pathlib import Path

from . import registry, releases, seed
from .backing import Backing
from .backing.files import FilesBacking
from .backing.memory import MemoryBacking
from .backing.properties import size_of
from .control_server import Control
from .nas import Nas, Settings

_SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:PORT")
    return host.strip("[]"), int(port)


def _pool(text: str) -> tuple[str, int]:
    name, _, size = text.partition(":")
    try:
        return name, size_of(size)
    except (ValueError, IndexError):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not NAME:SIZE") from None


def parser() -> argparse.ArgumentParser:
    """The options."""
    p = argparse.ArgumentParser(prog="truenas-sim",
                                description=sys.modules[__package__].__doc__)
    p.add_argument("--listen", type=_endpoint, default=("127.0.0.1", 0),
                   metavar="HOST:PORT", help="port 0 takes a free one")
    p.add_argument("--tls-cert", metavar="FILE")
    p.add_argument("--tls-key", metavar="FILE")
    p.add_argument("--control", metavar="SOCKET",
                   help="unix socket of the control endpoint")
    p.add_argument("--release", default="25.10")
    p.add_argument("--ready-file", metavar="FILE",
                   help='gets {"port": N} once calls are served')
    p.add_argument("--backing", choices=("memory", "linux"),
                   default="memory",
                   help="linux: this kernel's ZFS, nfsd, LIO and nvmet")
    p.add_argument("--files", metavar="DIR",
                   help="keep volumes as sparse files and filesystems as "
                        "directories here")
    p.add_argument("--pool", type=_pool, action="append",
                   metavar="NAME:SIZE", help="default tank:100T")
    p.add_argument("--parent", default="tank/k8s", metavar="DATASET")
    p.add_argument("--user", default="csi", help="owner of the API key")
    p.add_argument("--api-key", metavar="FILE")
    p.add_argument("--seed-foreign", action="store_true")
    p.add_argument("--portal", default="0.0.0.0", metavar="IP",
                   help="the iSCSI portal made at start")
    p.add_argument("--nvmet-port", type=_endpoint,
                   default=("127.0.0.1", 4420), metavar="IP:PORT",
                   help="the NVMe-oF port made at start")
    p.add_argument("--bare", action="store_true",
                   help="no portal and no port, as on a new NAS")
    p.add_argument("--address", action="append", metavar="IP",
                   help="an address of the NAS, default 127.0.0.1")
    p.add_argument("--latency-ms", type=float, default=0)
    p.add_argument("--latency-factor", type=float, default=0)
    p.add_argument("--idle-s", type=float, default=None,
                   help="cut of a socket the NAS is silent on, 0 for never")
    p.add_argument("--penalty-scale", type=float, default=1.0,
                   help="factor for waits after failed or too many logins")
    p.add_argument("--login-rate", type=int, default=20,
                   help="anonymous calls per minute, 0 for any number")
    p.add_argument("--monotonic-ids", action="store_true",
                   help="never give an id out again")
    return p


def _tls(args: argparse.Namespace) -> ssl.SSLContext | None:
    if not args.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.tls_cert, args.tls_key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _backing(args: argparse.Namespace) -> Backing:
    if args.backing == "linux":
        # imported on demand: it is of use on a Linux with storage only
        from .backing_linux import LinuxBacking
        return LinuxBacking()
    pools = dict(args.pool or [("tank", 100 << 40)])
    if args.files:
        return FilesBacking(pools, args.files)
    return MemoryBacking(pools)


async def start(args: argparse.Namespace) -> Nas:
    """A NAS that listens, with what the options put on it."""
    registry.load()
    key = Path(args.api_key).read_text().strip() if args.api_key else ""
    settings = Settings(
        user=args.user, api_key=key, parent=args.parent,
        addresses=args.address or ["127.0.0.1"], latency_ms=args.latency_ms,
        latency_factor=args.latency_factor, idle_seconds=args.idle_s,
        penalty_scale=args.penalty_scale, login_rate=args.login_rate,
        reuse_ids=not args.monotonic_ids)
    nas = Nas(releases.by_name(args.release), _SCHEMAS, _backing(args),
              settings)
    await seed.parents(nas, args.parent)
    if not args.bare:
        await seed.infrastructure(nas, args.portal, args.nvmet_port)
    if args.seed_foreign:
        await seed.foreign(nas)
    await nas.start_services()
    await nas.listen(*args.listen, _tls(args))
    return nas


def _write_ready(path: str, port: int) -> None:
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as ready:
        json.dump({"port": port, "pid": os.getpid()}, ready)
    os.replace(temporary, path)


async def serve(args: argparse.Namespace) -> None:
    """Runs until told to stop."""
    nas = await start(args)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, nas.stopping.set)
    if args.control:
        await Control(nas).listen(args.control)
    if args.ready_file:
        _write_ready(args.ready_file, nas.port)
    else:
        print(f"listening on port {nas.port}", flush=True)
    await nas.stopping.wait()


def main() -> int:
    """The program."""
    args = parser().parse_args()
    if bool(args.tls_cert) != bool(args.tls_key):
        print("truenas-sim: --tls-cert and --tls-key go together",
              file=sys.stderr)
        return 2
    try:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(serve(args))
    except (OSError, KeyError) as error:
        print(f"truenas-sim: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    # Hung calls and open sockets must not hold the process up.
    sys.stdout.flush()
    os._exit(code)
