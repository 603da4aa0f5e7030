# SPDX-License-Identifier: BSD-2-Clause
"""The middleware's database: tables of rows with integer ids.

Rows are never changed in place: an update replaces the row, so that a
configuration handed to the kernel's servers stays what it was.
"""
from __future__ import annotations

import copy
import heapq
from typing import Any, Iterator


class Table:
    """Rows by id, with an index for each column looked up by value.

    SQLite gives a freed highest id out again, and the simulator by default
    every freed id, lowest first: code that trusts an old id is found out.
    """

    def __init__(self, name: str, indexed: tuple[str, ...] = (),
                 reuse: bool = True) -> None:
        self.name, self.reuse = name, reuse
        self.rows: dict[int, dict] = {}
        self._free: list[int] = []
        self._next = 1
        self._index: dict[str, dict[Any, set[int]]] = {
            column: {} for column in indexed}

    def __iter__(self) -> Iterator[dict]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def insert(self, row: dict) -> dict:
        """Stores the row under a new id, first in the row."""
        if self._free and self.reuse:
            ident = heapq.heappop(self._free)
        else:
            ident, self._next = self._next, self._next + 1
        stored = {"id": ident, **row}
        self.rows[ident] = stored
        self._enter(stored)
        return stored

    def get(self, ident: int) -> dict | None:
        return self.rows.get(ident) if type(ident) is int else None

    def update(self, ident: int, changes: dict) -> dict:
        """Replaces the row by one with the changes."""
        old = self.rows[ident]
        self._leave(old)
        row = {**old, **changes}
        self.rows[ident] = row
        self._enter(row)
        return row

    def delete(self, ident: int) -> dict:
        row = self.rows.pop(ident)
        self._leave(row)
        heapq.heappush(self._free, ident)
        return row

    def by(self, column: str, value: Any) -> list[dict]:
        """The rows whose indexed column has the value, by id."""
        return [self.rows[i]
                for i in sorted(self._index[column].get(value, ()))]

    def has_index(self, column: str) -> bool:
        return column in self._index

    def all(self) -> tuple[dict, ...]:
        return tuple(self.rows.values())

    def _enter(self, row: dict) -> None:
        for column, index in self._index.items():
            index.setdefault(row[column], set()).add(row["id"])

    def _leave(self, row: dict) -> None:
        for column, index in self._index.items():
            ids = index[row[column]]
            ids.discard(row["id"])
            if not ids:
                del index[row[column]]


class Database:
    """All tables and the singleton configurations."""

    def __init__(self, reuse: bool = True) -> None:
        def table(name: str, *indexed: str) -> Table:
            made = Table(name, indexed, reuse)
            self.tables[name] = made
            return made

        self.tables: dict[str, Table] = {}
        self.nfs = table("sharing.nfs", "path")
        self.portal = table("iscsi.portal")
        self.initiator = table("iscsi.initiator")
        self.auth = table("iscsi.auth")
        self.target = table("iscsi.target", "name")
        self.extent = table("iscsi.extent", "name", "disk", "serial")
        self.mapping = table("iscsi.targetextent", "target", "extent")
        self.subsys = table("nvmet.subsys", "name", "subnqn")
        self.namespace = table("nvmet.namespace", "subsys_id", "device_path")
        self.port = table("nvmet.port")
        self.port_link = table("nvmet.port_subsys", "port_id", "subsys_id")
        self.host = table("nvmet.host", "hostnqn")
        self.host_link = table("nvmet.host_subsys", "host_id", "subsys_id")
        # middleware's defaults of a new installation
        self.nfs_config: dict = {
            "id": 1, "servers": None, "allow_nonroot": False,
            "protocols": ["NFSV3", "NFSV4"], "v4_krb": False,
            "v4_domain": "", "bindip": [], "mountd_port": None,
            "rpcstatd_port": None, "rpclockd_port": None,
            "mountd_log": False, "statd_lockd_log": False,
            "v4_krb_enabled": False, "userd_manage_gids": False,
            "keytab_has_nfs_spn": False, "managed_nfsd": True, "rdma": False,
        }
        self.iscsi_config: dict = {
            "id": 1, "basename": "iqn.2005-10.org.freenas.ctl",
            "isns_servers": [], "listen_port": 3260,
            "pool_avail_threshold": None, "alua": False, "iser": False,
        }
        self.nvmet_config: dict = {
            "id": 1,
            "basenqn": "nqn.2011-06.com.truenas:uuid:"
                       "5b2a1d0e-64f5-4a0c-9f3a-0d7e1c9b8a42",
            "kernel": True, "ana": False, "rdma": False,
            "xport_referral": True,
        }
        self.enabled = {"nfs": True, "iscsitarget": True, "nvmet": True}

    def save(self) -> "Database":
        return copy.deepcopy(self)

    def dump(self, volatile: bool) -> dict[str, Any]:
        """Rows by table; without what is random in them if asked."""
        out: dict[str, Any] = {}
        for name, table in self.tables.items():
            out[name] = {
                str(row["id"]): {k: v for k, v in sorted(row.items())
                                 if volatile or k not in RANDOM}
                for row in sorted(table, key=lambda r: r["id"])}
        out["nfs"] = dict(self.nfs_config)
        out["iscsi.global"] = dict(self.iscsi_config)
        out["nvmet.global"] = dict(self.nvmet_config)
        out["service"] = dict(self.enabled)
        return out


# Columns the NAS fills with random or running numbers.
RANDOM = frozenset(("naa", "device_uuid", "device_nguid", "rel_tgt_id",
                    "serial"))
