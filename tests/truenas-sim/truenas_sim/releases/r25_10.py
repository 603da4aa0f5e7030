# SPDX-License-Identifier: BSD-2-Clause
"""TrueNAS 25.10 ("Goldeye") at its last patch level."""
from __future__ import annotations

from . import Cost, Release

# Costs of a small healthy system.  Measured figures from public threads:
# iscsi.target.create 2.2 s (truenas/middleware#16614), nvmet.namespace.create
# 1.5 s (truenas-proxmox-plugin#12), etc.generate('rc') 180 ms (comment in
# middleware service/service_mixin.py); the others are estimates.
_QUERY = Cost(before=3)
_DB_QUERY = Cost(before=40)
COSTS: dict[str, Cost] = {
    "pool.dataset.query": Cost(before=5, per_dataset=1.5),
    "pool.dataset.get_instance": Cost(before=5, per_dataset=1.5),
    "pool.dataset.create": Cost(before=300, per_dataset=3),
    "pool.dataset.update": Cost(before=200, per_dataset=3),
    "pool.dataset.delete": Cost(before=500, per_dataset=3),
    "pool.dataset.promote": Cost(before=150, per_dataset=1.5),
    "pool.snapshot.create": Cost(before=150),
    "pool.snapshot.delete": Cost(before=150),
    "pool.snapshot.clone": Cost(before=200),
    "pool.snapshot.update": Cost(before=100),
    "pool.snapshot.query": Cost(before=20, per_dataset=0.5),
    "zfs.resource.query": Cost(before=5),
    "sharing.nfs.query": _DB_QUERY,
    "sharing.nfs.create": Cost(before=100, reload=500),
    "sharing.nfs.update": Cost(before=100, reload=500),
    "sharing.nfs.delete": Cost(before=50, reload=500),
    "iscsi.target.create": Cost(before=100, reload=2000),
    "iscsi.target.update": Cost(before=100, reload=2000),
    "iscsi.target.delete": Cost(before=100, reload=2000),
    "iscsi.extent.create": Cost(before=200),
    "iscsi.extent.update": Cost(before=100, reload=2000),
    "iscsi.extent.delete": Cost(before=100, reload=2000),
    "iscsi.targetextent.*": Cost(before=50, reload=2000),
    "iscsi.*.query": _DB_QUERY,
    "iscsi.*.create": Cost(before=50, reload=2000),
    "iscsi.*.update": Cost(before=50, reload=2000),
    "iscsi.*.delete": Cost(before=50, reload=2000),
    "nvmet.*.query": _DB_QUERY,
    "nvmet.*.create": Cost(before=50, reload=1400),
    "nvmet.*.update": Cost(before=50, reload=1400),
    "nvmet.*.delete": Cost(before=50, reload=1400),
    "service.control": Cost(before=500),
    "filesystem.setperm": Cost(before=20),
    "filesystem.chown": Cost(before=20),
    "replication.run_onetime": Cost(before=1000),
    "*": _QUERY,
}

RELEASE = Release(
    name="25.10",
    version="TrueNAS-25.10.5",
    api="v25.10.5",
    api_versions=("v25.04.0", "v25.04.1", "v25.04.2", "v25.10.0", "v25.10.1",
                  "v25.10.2", "v25.10.3", "v25.10.4", "v25.10.5"),
    schemas="v25.10.5.json",
    # middleware plugins/filesystem_/acl.py [25.10]: one lock for all paths
    job_locks={
        "filesystem.setperm": "perm_change",
        "filesystem.chown": "perm_change",
        "filesystem.setacl": "perm_change",
    },
    costs=COSTS,
)
