# SPDX-License-Identifier: BSD-2-Clause
"""The documents say what the programs know: every key, its default, examples
that work."""
from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness import client, driver
from harness.paths import BACKENDS, CONTROLLER, NODE, ROOT
from harness.world import PROTOCOLS, World

CONFIGURATION = ROOT / "docs/configuration.md"
CLASSES = ROOT / "docs/storageclass.md"
ROW = re.compile(r"^\| `([A-Za-z]+(?:\.[A-Za-z]+)?)` \| (.+) \|$", re.M)
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Key:
    """A key as a program declares it; default "" when it has none."""

    name: str
    default: str = ""
    limits: str = ""


def config_keys() -> list[Key]:
    """The table in core/daemon/config.c, and what a pool is made of."""
    text = (ROOT / "core/daemon/config.c").read_text()
    found = [Key(f"{section}.{key}", default) for section, key, default in re.findall(
        r'^\tKEY\("(\w+)", "(\w+)", \w+, \w+, "([^"]*)"\),$', text, re.M)]
    found += [Key(f"{section}.{key}") for section, key in re.findall(
        r'^\tMUST\("(\w+)", "(\w+)", \w+, \w+\),$', text, re.M)]
    assert len(found) >= 20, "the table was not understood"
    return found + [Key("pools.name", "default"), Key("pools.parent")]


def class_keys() -> list[Key]:
    """The table in core/volume/class.c."""
    text = (ROOT / "core/volume/class.c").read_text()
    found = [Key(name, default) for name, default in re.findall(
        r'\{SCALE_\w+, SCALE_PARAM_CLASS, "(\w+)", (?:NULL|"([^"]*)"),', text)]
    assert len(found) >= 6, "the table was not understood"
    return found


def backend_keys(backend: str, place: str) -> list[Key]:
    """What `scale-csi backends --dump` says may stand in a class or the file."""
    out = subprocess.run([CONTROLLER, "backends", "--backend-dir", BACKENDS, "--dump", backend],
                         capture_output=True, text=True, check=True).stdout
    found = []
    for line in re.findall(r"^param=(.*)$", out, re.M):
        facts = line.partition(" help=")[0]
        words = dict(word.partition("=")[::2] for word in f"key={facts}".split())
        if place in words["flags"].split(","):
            found.append(Key(f"{backend}.{words['key']}", words.get("default", ""),
                             words.get("limits", "")))
    assert found, f"{backend} declares nothing for the {place}"
    return found


def compare(document: Path, keys: list[Key]) -> list[str]:
    """Where the tables of a document and the declared keys differ."""
    rows = {name: rest for name, rest in ROW.findall(document.read_text())}
    declared = {key.name: key for key in keys}
    wrong = [f"'{name}' is not documented" for name in declared.keys() - rows.keys()]
    wrong += [f"'{name}' is documented and unknown" for name in rows.keys() - declared.keys()]
    for name in declared.keys() & rows.keys():
        key, told = declared[name], rows[name]
        if key.default and f"`{key.default}`" not in told.split(" | ")[0]:
            wrong.append(f"the default of '{name}' is {key.default}, not {told}")
        choices = key.limits.split("|") if "|" in key.limits else [key.limits]
        wrong += [f"'{name}' takes {choice}, which is not said"
                  for choice in choices if choice and f"`{choice}`" not in told]
    return wrong


def test_every_configuration_key_is_documented_with_its_default() -> None:
    keys = config_keys()
    for protocol in PROTOCOLS:
        keys += backend_keys(protocol, "config")
    assert compare(CONFIGURATION, keys) == []


def test_every_class_key_is_documented_with_its_default() -> None:
    keys = class_keys()
    for protocol in PROTOCOLS:
        keys += backend_keys(protocol, "class")
    # what the class takes when it says nothing is decided elsewhere
    keys = [Key(k.name, "ext4") if k.name == "filesystem" else k for k in keys]
    assert compare(CLASSES, keys) == []


def examples() -> list[dict[str, str]]:
    """The parameters of each StorageClass in the document."""
    found = []
    for block in BLOCK.findall(CLASSES.read_text()):
        assert "kind: StorageClass" in block
        inside = re.search(r"^parameters:\n((?:  .*\n)+)", block, re.M)
        assert inside, "a class without parameters shows nothing"
        found.append({key: value.strip('"') for key, value in re.findall(
            r"^  ([\w./-]+): (.+)$", inside[1], re.M)})
    return found


@pytest.mark.parametrize("parameters", examples(), ids=lambda p: p["protocol"])
def test_every_documented_class_makes_a_volume(world: World,
                                               parameters: dict[str, str]) -> None:
    sent = dict(parameters)
    fs_type = sent.pop("csi.storage.k8s.io/fstype", "")  # the provisioner's to take
    volume = world.csi.CreateVolume(
        name="pvc-document", capacity_range=client.size(client.GIB),
        volume_capabilities=[client.mount(fs_type=fs_type)], parameters=sent).volume
    assert volume.volume_id == f"scale-{parameters['protocol']}:tank/k8s/pvc-document"
    assert world.violations() == []
    world.delete(volume.volume_id)


def test_the_documented_classes_show_every_protocol() -> None:
    assert sorted(p["protocol"] for p in examples()) == sorted(PROTOCOLS)


@pytest.mark.parametrize("program", [CONTROLLER, NODE], ids=lambda p: p.name)
def test_a_program_finds_the_backends_of_its_build(program: Path) -> None:
    out = subprocess.run([program, "backends"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in out.splitlines()} >= set(PROTOCOLS)


def named_paths(document: Path) -> set[str]:
    """The files and folders that a document names, in code or as a link."""
    text = document.read_text()
    rooms = "core|backends|tests|scripts|docs|include|examples|cmake|proto|sdk"
    found = set(re.findall(rf"`((?:{rooms})/[\w./-]+)`", text))
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    return found | {str((document.parent / link).resolve().relative_to(ROOT)) for link in links}


def test_every_file_that_a_document_names_is_there() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs/adr").glob("*.md")]
    missing = [f"{document.relative_to(ROOT)}: {path}" for document in sorted(documents)
               for path in sorted(named_paths(document)) if not (ROOT / path).exists()]
    assert len(documents) >= 10 and missing == []


def test_the_documented_configuration_serves(world: World, tmp_path: Path) -> None:
    (text,) = BLOCK.findall(CONFIGURATION.read_text())
    for written, here in {
            "url: wss://nas.example/api/current": f"url: {world.nas.url}",
            "apiKeyFile: /etc/scale-csi/api-key": f"apiKeyFile: {world.nas.key_file}",
            "caFile: /etc/scale-csi/ca.pem": "allowPlainLoopback: true",
            "listen: 127.0.0.1:9808": "listen: 127.0.0.1:0"}.items():
        assert written in text
        text = text.replace(written, here)
    program = driver.controller(tmp_path, {})
    (tmp_path / "controller.yaml").write_text(text)
    program.start()
    try:
        assert program.csi.GetPluginInfo().name == "csi.scale.io"
        assert program.csi.GetCapacity().available_capacity > 0
    finally:
        program.stop()
