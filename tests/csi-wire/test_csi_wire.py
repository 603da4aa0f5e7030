# SPDX-License-Identifier: BSD-2-Clause
"""Holds our wire contracts against the published ones."""

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

import wirefacts

PROTO = Path(__file__).resolve().parent.parent.parent / "proto"
CSI = ("github.com/container-storage-interface/spec", "v1.13.0")
# Any Kubernetes release since 1.26 publishes the same registration contract.
KUBELET = ("k8s.io/kubelet", "v0.34.2")
REGISTRATION = "pkg/apis/pluginregistration/v1/api.proto"
# The published csi.proto marks secrets with this field option.
CSI_SECRET = 1059


@pytest.fixture(scope="module")
def published_csi() -> FileDescriptorProto:
    return wirefacts.compile_proto(wirefacts.fetch_module(*CSI) / "csi.proto")


@pytest.fixture(scope="module")
def our_csi() -> FileDescriptorProto:
    return wirefacts.compile_proto(PROTO / "csi.proto")


def test_csi_is_the_published_contract(
    our_csi: FileDescriptorProto, published_csi: FileDescriptorProto
) -> None:
    published = wirefacts.facts_of(published_csi)
    assert len(published) > 400
    assert wirefacts.differences(wirefacts.facts_of(our_csi), published) == []


def test_registration_is_the_published_contract() -> None:
    published = wirefacts.facts_of(
        wirefacts.compile_proto(wirefacts.fetch_module(*KUBELET) / REGISTRATION)
    )
    ours = wirefacts.facts_of(wirefacts.compile_proto(PROTO / "registration.proto"))
    assert wirefacts.differences(ours, published) == []


def test_secret_fields_are_known_by_their_name(
    our_csi: FileDescriptorProto, published_csi: FileDescriptorProto
) -> None:
    marked = wirefacts.fields_with_option(published_csi, CSI_SECRET)
    named = [
        f".{message.name}.{field.name}"
        for message in our_csi.message_type
        for field in message.field
        if field.name == "secrets"
    ]
    assert len(marked) == 22
    assert sorted(marked) == sorted(named)


@pytest.mark.parametrize(
    "before, after, about",
    [
        ("int64 required_bytes = 1;", "int64 required_bytes = 3;", "required_bytes"),
        ("int64 required_bytes = 1;", "uint64 required_bytes = 1;", "required_bytes"),
        ("repeated VolumeUsage usage", "VolumeUsage usage", "usage"),
        ("      ONLINE = 1;\n", "", "ONLINE"),
        ("(stream GetMetadataDeltaResponse)", "(GetMetadataDeltaResponse)", "Delta"),
        ("MountVolume mount = 2;\n  }", "}\nMountVolume mount = 2;", "mount"),
    ],
)
def test_a_changed_contract_is_noticed(
    tmp_path: Path,
    our_csi: FileDescriptorProto,
    before: str,
    after: str,
    about: str,
) -> None:
    text = (PROTO / "csi.proto").read_text()
    assert text.count(before) == 1
    changed = tmp_path / "csi.proto"
    changed.write_text(text.replace(before, after))
    found = wirefacts.differences(
        wirefacts.facts_of(wirefacts.compile_proto(changed)),
        wirefacts.facts_of(our_csi),
    )
    assert found and all(about in line for line in found)
