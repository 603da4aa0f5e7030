# SPDX-License-Identifier: BSD-2-Clause
"""The parameter check against what the real one answered to given calls."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from truenas_sim.errors import ValidationErrors
from truenas_sim.schema import Schemas

_FOLDER = Path(__file__).resolve().parent.parent / "schemas"
_SCHEMAS = Schemas(_FOLDER / "v25.10.5.json")

# The argument model a line names -> the method that takes it.
_METHODS = {
    "PoolDatasetCreateArgs": "pool.dataset.create",
    "PoolDatasetUpdateArgs": "pool.dataset.update",
    "PoolDatasetDeleteArgs": "pool.dataset.delete",
    "PoolSnapshotCreateArgs": "pool.snapshot.create",
    "SharingNFSCreateArgs": "sharing.nfs.create",
    "iSCSITargetCreateArgs": "iscsi.target.create",
    "iSCSITargetExtentCreateArgs": "iscsi.extent.create",
    "iSCSITargetToExtentCreateArgs": "iscsi.targetextent.create",
    "NVMetNamespaceCreateArgs": "nvmet.namespace.create",
    "NVMetSubsysCreateArgs": "nvmet.subsys.create",
    "NVMetPortCreateArgs": "nvmet.port.create",
    "ServiceControlArgs": "service.control",
    "QueryArgs": "sharing.nfs.query",
    "AuthLoginExArgs": "auth.login_ex",
    "FilesystemSetpermArgs": "filesystem.setperm",
    "ReplicationRunOnetimeArgs": "replication.run_onetime",
    "ZFSResourceQueryArgs": "zfs.resource.query",
}


def recorded() -> list[tuple[str, list, list, str]]:
    """Model, arguments, errors and (a piece of) the validated arguments."""
    out: list[tuple[str, list, list, str]] = []
    decoder = json.JSONDecoder()
    for line in (_FOLDER / "validation-v25.10.5.txt").read_text().split("\n"):
        if line.startswith(("ERR", "OK")):
            _, model, rest = line.split(None, 2)
            arguments, end = decoder.raw_decode(rest)
            out.append((model, arguments, [],
                        rest[end:].removeprefix(" -> ").rstrip()))
        elif line.strip():
            out[-1][2].append(json.loads(line))
    return out


@pytest.mark.parametrize("model, arguments, errors, ready", recorded())
def test_same_errors_as_the_real_check(model: str, arguments: list,
                                       errors: list, ready: str) -> None:
    check = _SCHEMAS.params(_METHODS[model])
    if errors:
        with pytest.raises(ValidationErrors) as caught:
            check.validate(arguments)
        assert [list(e) for e in caught.value.errors] == errors
    else:
        validated = check.validate(arguments)
        assert ready
        if not ready.endswith("]"):
            # the record was cut after some fields of the first argument
            ready = ready.rstrip(",") + "}]"
            known = json.loads(ready)[0]
            validated = [{k: validated[0][k] for k in known}]
        assert validated == json.loads(ready)


def test_every_published_method_can_be_checked() -> None:
    raw = json.loads((_FOLDER / "v25.10.5.json").read_text())
    for method in raw["methods"]:
        check = _SCHEMAS.params(method)
        with pytest.raises(ValidationErrors):
            check.validate([object()] * 9)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, [1]])
def test_integers_are_strict(value: object) -> None:
    check = _SCHEMAS.params("sharing.nfs.delete")
    with pytest.raises(ValidationErrors) as caught:
        check.validate([value])
    assert caught.value.errors == [
        ("id", "Input should be a valid integer", 22)]


def test_strings_are_capped_at_1024() -> None:
    check = _SCHEMAS.params("pool.dataset.create")
    check.validate([{"name": "tank/a", "comments": "x" * 1024}])
    with pytest.raises(ValidationErrors) as caught:
        check.validate([{"name": "tank/a", "comments": "x" * 1025}])
    assert caught.value.errors[0][0] == (
        "data.PoolDatasetCreateFilesystem.comments")


def test_defaults_do_not_leak_between_calls() -> None:
    check = _SCHEMAS.params("sharing.nfs.create")
    first = check.validate([{"path": "/mnt/a"}])[0]
    first["hosts"].append("changed")
    assert check.validate([{"path": "/mnt/a"}])[0]["hosts"] == []
