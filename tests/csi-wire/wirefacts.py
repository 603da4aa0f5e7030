# SPDX-License-Identifier: BSD-2-Clause
"""Reduces a .proto file to the facts that make up its wire contract."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FieldOptions,
    FileDescriptorProto,
    FileDescriptorSet,
)

GO = Path(__file__).resolve().parent.parent / "tools" / "go"

# A fact is "what it is about" -> "what is said of it": two files agree on the
# wire if their dictionaries are equal, and a difference prints well.
Facts = dict[str, str]


def fetch_module(path: str, version: str) -> Path:
    """Fetches a Go module into the project's cache; returns its directory."""
    run = subprocess.run(
        [GO, "mod", "download", "-json", f"{path}@{version}"],
        # Outside of any module, so that no go.mod takes part.
        cwd="/",
        env={**os.environ, "GOWORK": "off"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if run.returncode != 0:
        raise RuntimeError(
            f"fetching Go module '{path}' {version} failed: "
            f"{run.stderr}{run.stdout}"
        )
    return Path(json.loads(run.stdout)["Dir"])


def compile_proto(proto: Path) -> FileDescriptorProto:
    """Has protoc compile one file; returns its descriptor."""
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(
            [
                "protoc",
                f"--proto_path={proto.parent}",
                "--proto_path=/usr/include",
                f"--descriptor_set_out={out.name}",
                str(proto),
            ],
            check=True,
            timeout=60,
        )
        files = FileDescriptorSet.FromString(Path(out.name).read_bytes())
    return files.file[0]


def _kind(field: FieldDescriptorProto) -> str:
    name = FieldDescriptorProto.Type.Name(field.type)
    return f"{name} {field.type_name}".rstrip()


def _enum_facts(scope: str, enum: EnumDescriptorProto) -> Iterator[tuple[str, str]]:
    name = f"{scope}.{enum.name}"
    yield f"enum {name}", ""
    for value in enum.value:
        yield f"value {name}.{value.name}", str(value.number)
    for gone in enum.reserved_range:
        yield f"reserved {name} {gone.start}", f"to {gone.end}"


def _message_facts(scope: str, message: DescriptorProto) -> Iterator[tuple[str, str]]:
    name = f"{scope}.{message.name}"
    is_map_entry = message.options.map_entry
    yield f"message {name}", "map entry" if is_map_entry else ""
    for field in message.field:
        label = FieldDescriptorProto.Label.Name(field.label)
        oneof = ""
        if field.HasField("oneof_index"):
            oneof = message.oneof_decl[field.oneof_index].name
        yield (
            f"field {name}.{field.name}",
            f"number {field.number}, {label}, {_kind(field)}, "
            f"oneof '{oneof}', optional {field.proto3_optional}",
        )
    for gone in message.reserved_range:
        yield f"reserved {name} {gone.start}", f"to {gone.end}"
    for enum in message.enum_type:
        yield from _enum_facts(name, enum)
    for nested in message.nested_type:
        yield from _message_facts(name, nested)


def _file_facts(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    yield "package", file.package
    yield "syntax", file.syntax
    for service in file.service:
        yield f"service {service.name}", ""
        for method in service.method:
            yield (
                f"method {service.name}.{method.name}",
                f"{method.input_type} -> {method.output_type}, streams "
                f"{method.client_streaming} {method.server_streaming}",
            )
    for enum in file.enum_type:
        yield from _enum_facts("", enum)
    for message in file.message_type:
        yield from _message_facts("", message)


def facts_of(file: FileDescriptorProto) -> Facts:
    """All facts of a compiled file."""
    facts: Facts = {}
    for subject, statement in _file_facts(file):
        assert subject not in facts, f"two facts about '{subject}'"
        facts[subject] = statement
    return facts


def differences(ours: Facts, published: Facts) -> list[str]:
    """One line for each fact that is not the same in both."""
    return [
        f"{subject}: ours {ours.get(subject, 'absent')!r}, "
        f"published {published.get(subject, 'absent')!r}"
        for subject in sorted(ours.keys() | published.keys())
        if ours.get(subject) != published.get(subject)
    ]


def fields_with_option(file: FileDescriptorProto, number: int) -> list[str]:
    """Names of the fields that carry the boolean field option `number`."""
    probe = FieldOptions()
    # The option is an extension unknown to Python: a varint, value true.
    tag = number << 3
    encoded = bytearray()
    while tag > 0x7F:
        encoded.append(tag & 0x7F | 0x80)
        tag >>= 7
    encoded += bytes([tag, 1])
    probe.ParseFromString(bytes(encoded))
    wanted = probe.SerializeToString()
    found: list[str] = []

    def walk(scope: str, message: DescriptorProto) -> None:
        name = f"{scope}.{message.name}"
        for field in message.field:
            if wanted in field.options.SerializeToString():
                found.append(f"{name}.{field.name}")
        for nested in message.nested_type:
            walk(name, nested)

    for message in file.message_type:
        walk("", message)
    return found
