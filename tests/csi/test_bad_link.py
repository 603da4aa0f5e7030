# SPDX-License-Identifier: BSD-2-Clause
"""A NAS that cannot be used: the driver starts, and every refusal and /readyz say why."""
from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from harness import driver
from harness.client import Refused
from harness.world import World

from .test_pages import free_port, wait_for
from .words import assert_sentence

QUICK = {"connectWait": "200ms"}
LOGIN = ("--penalty-scale", "0.01")


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """A CA, and certificates it has signed."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory, self._name = directory, name
        self.file = str(directory / f"{name}.pem")
        self._key = str(directory / f"{name}.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.file)

    def sign(self, subject: str, alternative: str) -> tuple[str, str]:
        """Certificate and key of a server."""
        stem = self._directory / f"{self._name}-{subject}"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={subject}", "-addext", f"subjectAltName={alternative}",
                "-keyout", f"{stem}.key", "-out", f"{stem}.csr")
        openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", self.file, "-CAkey", self._key,
                "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", f"{stem}.pem")
        return f"{stem}.pem", f"{stem}.key"


def says_why(world: World, base: str, *words: str, code: str = "UNAVAILABLE") -> None:
    """A create and /readyz say it; Probe is process health and says nothing."""
    assert_sentence(wait_for(base + "/readyz", 503, 5).strip(), "not ready for")
    deadline = time.monotonic() + 10
    while True:  # until the first attempt has come to its end
        with pytest.raises(Refused) as caught:
            world.create("pvc-a")
        if "not been reached yet" not in caught.value.text:
            break
        assert time.monotonic() < deadline, caught.value.text
    assert caught.value.code == code, caught.value
    assert_sentence(caught.value.text, *words)
    body = wait_for(base + "/readyz", 503, 5)
    assert all(word in body for word in words if word != "'pvc-a'"), body
    assert not world.csi.Probe().HasField("ready") or world.csi.Probe().ready.value


def world_with(*options: str, nas: dict[str, Any] | None = None, **more: Any) -> tuple[World, str]:
    """A driver with a health page, and the page's address."""
    port = free_port()
    return World(*LOGIN, *options, backends={"nfs": {}}, http={"listen": f"127.0.0.1:{port}"},
                 nas={**QUICK, **(nas or {})}, **more), f"http://127.0.0.1:{port}"


def test_a_wrong_key(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("1-not-the-key-of-this-nas\n")
    world, base = world_with(nas={"apiKeyFile": str(key)})
    with world:
        says_why(world, base, "does not accept the API key", "user 'csi'", f"key file '{key}'")
        assert "not-the-key" not in world.controller.log()


def test_a_key_file_that_is_empty(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("\n")
    world, base = world_with(nas={"apiKeyFile": str(key)})
    with world:
        says_why(world, base, f"API key file '{key}'", "first line is empty")


def test_the_right_ca_and_name_are_taken(tmp_path: Path) -> None:
    ca = Authority(tmp_path, "ca")
    world, base = world_with(tls=ca.sign("nas", "IP:127.0.0.1"), nas={"caFile": ca.file})
    with world:
        wait_for(base + "/readyz", 200, 5)
        world.delete(world.create("pvc-a").volume_id)


def test_a_wrong_ca(tmp_path: Path) -> None:
    ca, other = Authority(tmp_path, "ca"), Authority(tmp_path, "other")
    world, base = world_with(tls=ca.sign("nas", "IP:127.0.0.1"), nas={"caFile": other.file})
    with world:
        says_why(world, base, "certificate", "not trusted here", "CA file")


def test_a_wrong_name(tmp_path: Path) -> None:
    ca = Authority(tmp_path, "ca")
    world, base = world_with(tls=ca.sign("nas", "DNS:nas.example,IP:192.0.2.1"),
                             nas={"caFile": ca.file})
    with world:
        says_why(world, base, "certificate", "does not bear this address", "set the name to expect")


def test_a_name_to_expect_is_taken_and_refused(tmp_path: Path) -> None:
    ca = Authority(tmp_path, "ca")
    certificate = ca.sign("nas", "DNS:nas.example")
    world, base = world_with(tls=certificate, nas={"caFile": ca.file, "tlsName": "nas.example"})
    with world:
        wait_for(base + "/readyz", 200, 5)
    world, base = world_with(tls=certificate, nas={"caFile": ca.file, "tlsName": "nas2.example"})
    with world:
        says_why(world, base, "certificate", "it is for another name")


def test_nobody_listens() -> None:
    world, base = world_with(nas={"url": f"ws://127.0.0.1:{free_port()}/api/current"})
    with world:
        says_why(world, base, "nothing accepts connections at '127.0.0.1:", "is the NAS running")


def test_a_page_that_is_no_api() -> None:
    world, base = world_with(start=False)
    with world:
        url = world.nas.url.replace("/api/current", "/nothing-here")
        other = driver.controller(world.directory, {
            **world.config, "nas": {**world.config["nas"], "url": url}}, name="other")
        world.controller = other.start()
        says_why(world, base, "404")


def test_a_key_file_that_is_missing(tmp_path: Path) -> None:
    world, base = world_with(nas={"apiKeyFile": f"{tmp_path}/none"})
    with world:
        says_why(world, base, f"API key file '{tmp_path}/none'", "No such file")


def test_a_key_that_is_put_right_is_taken(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("\n")
    world, base = world_with(nas={"apiKeyFile": str(key)})
    with world:
        wait_for(base + "/readyz", 503, 5)
        key.write_text(world.nas.key + "\n")
        wait_for(base + "/readyz", 200, 20)
        world.delete(world.create("pvc-a").volume_id)
