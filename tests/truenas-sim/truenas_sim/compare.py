# SPDX-License-Identifier: BSD-2-Clause
"""Runs the simulator's error table against a NAS and prints differences.

Everything it makes lies in one scratch dataset, which must exist and be
empty, or bears a random name; what a case made is removed after it.
"""
from __future__ import annotations

import argparse
import json
import re
import secrets
import ssl
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import query
from .client import ApiError, Client

_CASES = Path(__file__).resolve().parent.parent / "compare-cases.json"

# What takes a creation back: the method and its further parameters.
_UNDO: dict[str, tuple[str, list]] = {
    "sharing.nfs.create": ("sharing.nfs.delete", []),
    "iscsi.target.create": ("iscsi.target.delete", [True, False]),
    "iscsi.extent.create": ("iscsi.extent.delete", [False, True]),
    "nvmet.subsys.create": ("nvmet.subsys.delete", [{"force": True}]),
}


class Runner:
    """Runs cases one after the other on one connection."""

    def __init__(self, api: Client, dataset: str) -> None:
        self._api, self._dataset = api, dataset
        self._tag = "compare-" + secrets.token_hex(4)

    def check_scratch(self) -> str | None:
        """Why the scratch dataset must not be used, if so."""
        found = self._api.call("pool.dataset.query",
                               [["id", "^", self._dataset]],
                               {"select": ["id"]})
        names = [row["id"] for row in found
                 if row["id"] == self._dataset
                 or row["id"].startswith(self._dataset + "/")]
        if self._dataset not in names:
            return f"dataset '{self._dataset}' does not exist: create it"
        if "/" not in self._dataset:
            return f"'{self._dataset}' is a whole pool: name a dataset in it"
        if len(names) > 1:
            return (f"dataset '{self._dataset}' is not empty: it holds "
                    f"'{names[1]}'")
        return None

    def _fill(self, value: Any, made: dict[str, Any]) -> Any:
        if isinstance(value, str):
            if value.startswith("$"):
                name, _, field = value[1:].partition(".")
                return made[name][field]
            return value.replace("{ds}", self._dataset).replace(
                "{tag}", self._tag)
        if isinstance(value, list):
            return [self._fill(item, made) for item in value]
        if isinstance(value, dict):
            return {self._fill(k, made): self._fill(v, made)
                    for k, v in value.items()}
        return value

    def run(self, case: dict) -> list[str]:
        """The differences of one case."""
        made: dict[str, Any] = {}
        undo: list[tuple[str, list]] = []
        try:
            for name, method, params in case.get("setup", []):
                ready = self._fill(params, made)
                made[name] = self._api.call(method, *ready)
                self._note(undo, method, made[name])
            method, params = case["call"]
            ready = self._fill(params, made)
            try:
                outcome = self._api.call(method, *ready)
                self._note(undo, method, outcome)
                return self._compare(case, made, outcome, None)
            except ApiError as error:
                return self._compare(case, made, None, error)
        except ApiError as error:
            return [f"setup failed: {error}"]
        finally:
            for method, params in case.get("after", []):
                self._quietly(method, self._fill(params, made))
            for method, params in reversed(undo):
                self._quietly(method, params)
            self._clear()

    @staticmethod
    def _note(undo: list, method: str, outcome: Any) -> None:
        if method in _UNDO and isinstance(outcome, dict):
            name, more = _UNDO[method]
            undo.append((name, [outcome["id"], *more]))

    def _quietly(self, method: str, params: list) -> None:
        try:
            self._api.call(method, *params)
        except ApiError:
            pass  # a case may have removed it itself

    def _clear(self) -> None:
        """Removes every dataset below the scratch one, clones first."""
        for _ in range(3):
            rows = self._api.call("pool.dataset.query",
                                  [["id", "^", self._dataset + "/"]],
                                  {"select": ["id"], "order_by": ["-id"]})
            for row in rows:
                self._quietly("pool.dataset.delete",
                              [row["id"], {"recursive": True}])
            if not rows:
                return

    def _compare(self, case: dict, made: dict, outcome: Any,
                 error: ApiError | None) -> list[str]:
        expected = self._fill(case["expect"], made)
        if "ok" in expected:
            if error is not None:
                return [f"was refused: {error}"]
            return _unlike(expected["ok"], outcome)
        if error is None:
            return [f"was accepted: {json.dumps(outcome)[:200]}"]
        found = []
        actual = {"code": error.code, "errno": error.errno,
                  "class": ((error.error.get("data") or {}).get("trace")
                            or {}).get("class")}
        for key in ("code", "errno", "class"):
            if key in expected and expected[key] != actual[key]:
                found.append(f"{key} is {actual[key]!r}, not "
                             f"{expected[key]!r} ({error})")
        if "fields" in expected:
            wanted = [tuple(f) for f in expected["fields"]]
            if sorted(wanted, key=str) != sorted(error.fields(), key=str):
                found.append(f"fields are {error.fields()!r}, not "
                             f"{wanted!r}")
        if "reason" in expected and not re.search(
                expected["reason"], f"{error.reason} {error.extra}"):
            found.append(f"reason {error.reason!r} does not fit "
                         f"{expected['reason']!r}")
        return found


def _unlike(expected: dict, outcome: Any) -> list[str]:
    found = []
    for path, value in expected.items():
        actual = outcome if path == "" else query.lookup(outcome, path)
        if actual is query.MISSING:
            found.append(f"result has no {path}")
        elif actual != value:
            found.append(f"{path or 'result'} is {actual!r}, not {value!r}")
    return found


def _connect(args: argparse.Namespace) -> Client:
    url = urlsplit(args.url)
    tls = None
    if url.scheme == "wss":
        tls = ssl.create_default_context(cafile=args.ca)
    elif url.hostname not in ("127.0.0.1", "::1", "localhost"):
        # The NAS revokes a key that comes in over an insecure line.
        raise ValueError(f"'{args.url}' is not encrypted: use wss://")
    port = url.port or (443 if tls else 80)
    return Client(url.hostname or "", port, url.path or "/api/current", tls,
                  timeout=300)


def main(argv: list[str] | None = None) -> int:
    """The program: 0 if there is no difference, 1 if there are some."""
    p = argparse.ArgumentParser(prog="compare", description=__doc__)
    p.add_argument("url", help="wss://NAS/api/current")
    p.add_argument("dataset", help="an empty scratch dataset")
    p.add_argument("--user", required=True, help="owner of the API key")
    p.add_argument("--key-file", required=True)
    p.add_argument("--ca", metavar="FILE", help="CA of the NAS's certificate")
    p.add_argument("--only", default="*", metavar="GLOB",
                   help="cases to run by name")
    p.add_argument("--cases", type=Path, default=_CASES, metavar="FILE")
    args = p.parse_args(argv)
    try:
        api = _connect(args)
        answer = api.login(args.user, Path(args.key_file).read_text().strip())
    except (OSError, ValueError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    if answer["response_type"] != "SUCCESS":
        print(f"compare: the NAS answers {answer['response_type']} to the "
              "key", file=sys.stderr)
        return 2
    runner = Runner(api, args.dataset)
    problem = runner.check_scratch()
    if problem:
        print(f"compare: {problem}", file=sys.stderr)
        return 2
    print(f"NAS: {api.call('system.version')}")
    return _run_all(runner, args)


def _run_all(runner: Runner, args: argparse.Namespace) -> int:
    cases = [c for c in json.loads(args.cases.read_text())
             if fnmatchcase(c["name"], args.only)]
    different = 0
    for case in cases:
        found = runner.run(case)
        different += bool(found)
        print(f"{'differs' if found else 'same':8}{case['name']}")
        for line in found:
            print(f"        {line}\n        source: {case['source']}")
    print(f"{len(cases) - different} same, {different} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
