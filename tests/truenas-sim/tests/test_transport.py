# SPDX-License-Identifier: BSD-2-Clause
"""HTTP upgrade, frames, close codes, keepalive and TLS."""
from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from conftest import QUICK
from truenas_sim import ws
from truenas_sim.client import Client, Dropped
from truenas_sim.process import Simulator

PING = '{"jsonrpc":"2.0","id":1,"method":"core.ping"}'


def get(nas: Simulator, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", nas.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def closed_by(client: Client) -> int:
    with pytest.raises(Dropped) as caught:
        client.receive()
    return caught.value.code


def test_versions_are_listed_without_login(nas: Simulator) -> None:
    status, body = get(nas, "/api/versions")
    assert status == 200
    versions = json.loads(body)
    assert versions[-1] == "v25.10.5"
    assert "v24.10" not in versions


def test_boot_id_is_served_without_login(nas: Simulator) -> None:
    with nas.client() as api:
        assert get(nas, "/api/boot_id") == (
            200, api.call("system.boot_id").encode())


@pytest.mark.parametrize("path", ["/", "/websocket", "/api/v1.0"])
def test_other_paths_are_not_found(nas: Simulator, path: str) -> None:
    assert get(nas, path)[0] == 404


def test_plain_get_of_the_endpoint_is_refused(nas: Simulator) -> None:
    assert get(nas, "/api/current")[0] == 400


def test_newest_version_is_the_same_as_current(nas: Simulator) -> None:
    with Client("127.0.0.1", nas.port, "/api/v25.10.5") as api:
        assert api.call("core.ping") == "pong"


def test_binary_frame_closes_with_1003(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_frame(ws.BINARY, PING.encode())
        assert closed_by(api) == 1003


def test_invalid_utf8_closes_with_1007(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_frame(ws.TEXT, b"\xff\xfe")
        assert closed_by(api) == 1007


def test_unmasked_frame_closes_with_1002(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_frame(ws.TEXT, PING.encode(), masked=False)
        assert closed_by(api) == 1002


def sized(size: int) -> str:
    head = '{"jsonrpc":"2.0","id":1,"method":"core.ping","x":"'
    return head + "y" * (size - len(head) - 2) + '"}'


def test_anonymous_message_may_have_8192_characters(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_text(sized(8192))
        assert api.answer(1)["result"] == "pong"


def test_longer_anonymous_message_closes_with_1007(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_text(sized(8193))
        with pytest.raises(Dropped) as caught:
            api.receive()
        assert caught.value.code == 1007
        assert caught.value.reason == ("Anonymous connection max message "
                                       "length is 8 kB")


def test_limit_of_a_logged_in_socket_is_65536(api: Client) -> None:
    api.send_text(sized(65536).replace('"id":1', '"id":9'))
    assert api.answer(9)["result"] == "pong"
    api.send_text(sized(65537))
    with pytest.raises(Dropped) as caught:
        api.receive()
    assert (caught.value.code, caught.value.reason) == (
        1009, "Max message length is 64 kB")


def test_no_message_above_2_mib_is_taken(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_text(sized(2097153))
        assert closed_by(api) == 1009


def test_fragments_make_one_message(api: Client) -> None:
    text = PING.replace('"id":1', '"id":9').encode()
    api.send_frame(ws.TEXT, text[:10], final=False)
    api.send_frame(ws.PING, b"between")
    api.send_frame(ws.CONTINUATION, text[10:20], final=False)
    api.send_frame(ws.CONTINUATION, text[20:])
    assert api.answer(9)["result"] == "pong"
    assert api.pongs == [b"between"]


def test_continuation_without_a_start_closes(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_frame(ws.CONTINUATION, b"x")
        assert closed_by(api) == 1002


def test_ping_is_answered_while_a_call_runs(nas: Simulator,
                                            api: Client) -> None:
    nas.control.fault("hang", method="system.info")
    api.submit("system.info")
    api.send_frame(ws.PING, b"alive?")
    api.call("core.ping")
    assert api.pongs == [b"alive?"]


def test_close_is_answered_by_the_end_of_the_stream(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        api.send_frame(ws.CLOSE, b"\x03\xe8")
        assert closed_by(api) == 1000


def test_silent_socket_is_cut_even_with_a_call_running() -> None:
    with Simulator(*QUICK, "--idle-s", "0.3") as nas, nas.client() as api:
        nas.control.fault("hang", method="system.info")
        api.submit("system.info")
        assert closed_by(api) == 1006
        assert nas.control.command("stats")["idle_cut"] == 1


def test_pongs_keep_a_socket_alive() -> None:
    with Simulator(*QUICK, "--idle-s", "0.5") as nas, nas.client() as api:
        nas.control.fault("delay", method="system.info", ms=1500)
        ident = api.submit("system.info")
        nas.control.fault("delay", method="core.ping", ms=200, count=0)
        for _ in range(10):
            # each round takes less than the limit, all of them thrice it
            api.send_frame(ws.PING, b"")
            assert api.call("core.ping") == "pong"
        assert api.result(ident)["hostname"] == "truenas"
        assert nas.control.command("stats")["idle_cut"] == 0


def test_address_not_allowed_closes_with_1008(nas: Simulator) -> None:
    nas.control.command("tune", allowed=["192.0.2.1"])
    with nas.client(login=False) as api:
        assert closed_by(api) == 1008
    nas.control.command("tune", allowed=None)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    assert shutil.which("openssl"), "openssl is not installed"
    cert, key = str(tmp_path / "cert"), str(tmp_path / "key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=nas", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
         "-out", cert], check=True, capture_output=True)
    return cert, key


def test_tls_serves_the_same_api(certificate: tuple[str, str]) -> None:
    with Simulator(*QUICK, tls=certificate) as nas, nas.client() as api:
        assert api.call("system.ready") is True
        with pytest.raises(ssl.SSLCertVerificationError):
            Client("127.0.0.1", nas.port, tls=ssl.create_default_context())
