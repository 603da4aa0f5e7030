# SPDX-License-Identifier: BSD-2-Clause
"""The releases of the NAS, each a table of what it does differently."""
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cost:
    """What a call takes on a small real system, in milliseconds."""

    before: float                # until its effect
    per_dataset: float = 0.0     # and as much again for each dataset
    reload: float = 0.0          # the service's reload, one at a time


@dataclass(frozen=True)
class Release:
    """Facts of one release; code asks these, never a version number."""

    name: str
    version: str                 # system.version
    api: str                     # the newest version, same as `current`
    api_versions: tuple[str, ...]
    schemas: str
    # middleware api/base/server/ws_handler/rpc.py
    calls_running: int = 10
    calls_accepted: int = 20
    anonymous_limit: int = 8192
    message_limit: int = 65536
    absolute_limit: int = 2097152
    # middleware etc_files/local/nginx/nginx.conf.mako
    idle_seconds: float = 60.0
    # Calls of a lost socket run on to their end (else: are cancelled).
    calls_survive_socket: bool = True
    # pool.dataset.query with `count` leaves the filters out of account.
    dataset_count_ignores_filters: bool = True
    # Every user property is reported as set here, inherited ones too.
    user_source_always_local: bool = True
    job_queue_limit: int = 5
    # pool.snapshot.* calls carried out at a time, 0 for any number.
    snapshot_workers: int = 5
    # Jobs which share one lock: method -> lock name.
    job_locks: dict[str, str] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)


def by_name(name: str) -> Release:
    """The release of that name; KeyError lists the known ones."""
    from .r25_10 import RELEASE as r25_10
    known = {release.name: release for release in (r25_10,)}
    if name not in known:
        raise KeyError(f"release '{name}' is unknown, known are: "
                       f"{', '.join(known)}")
    return known[name]
