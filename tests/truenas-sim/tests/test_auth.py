# SPDX-License-Identifier: BSD-2-Clause
"""Logins: keys, refusals, the rate limit and the end of sessions."""
from __future__ import annotations

import time
from typing import Iterator

import pytest

from conftest import QUICK
from shortcuts import refused
from truenas_sim.client import Client
from truenas_sim.process import Simulator


def test_without_login_only_some_methods_answer(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        assert api.call("core.ping") == "pong"
        error = refused(api, "system.version")
        assert (error.code, error.errno) == (-32001, 207)
        assert error.error["data"]["errname"] == "ENOTAUTHENTICATED"


def test_login_without_user_info(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        assert api.login(nas.user, nas.key) == {
            "response_type": "SUCCESS", "user_info": None,
            "authenticator": "LEVEL_1"}


def test_login_with_user_info(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        answer = api.call("auth.login_ex", {
            "mechanism": "API_KEY_PLAIN", "username": nas.user,
            "api_key": nas.key})
        assert answer["user_info"]["pw_name"] == nas.user
        assert api.call("auth.me")["pw_name"] == nas.user


@pytest.mark.parametrize("user, suffix", [("csi", "x"), ("other", "")])
def test_wrong_key_or_user_is_no_rpc_error(nas: Simulator, user: str,
                                           suffix: str) -> None:
    with nas.client(login=False) as api:
        assert api.login(user, nas.key + suffix) == {
            "response_type": "AUTH_ERR"}
        assert refused(api, "system.version").errno == 207


def test_legacy_login_answers_a_boolean(nas: Simulator) -> None:
    with nas.client(login=False) as api:
        assert api.call("auth.login_with_api_key", "1-wrong") is False
        assert api.call("auth.login_with_api_key", nas.key) is True
        assert api.call("system.ready") is True


def test_login_belongs_to_its_socket(nas: Simulator, api: Client) -> None:
    with nas.client(login=False) as other:
        assert refused(other, "system.version").errno == 207


def test_logout(api: Client) -> None:
    assert api.call("auth.logout") is True
    assert refused(api, "system.version").errno == 207


def test_expired_session_needs_a_new_login(nas: Simulator,
                                           api: Client) -> None:
    assert nas.control.command("expire_session") == 1
    assert refused(api, "system.version").errno == 207
    api.login(nas.user, nas.key)
    assert api.call("system.version") == "TrueNAS-25.10.5"


@pytest.fixture
def strict() -> Iterator[Simulator]:
    options = [o for o in QUICK if o not in ("--login-rate", "0")]
    with Simulator(*options) as nas:
        yield nas


def test_the_21st_login_in_a_minute_waits_and_fails(
        strict: Simulator) -> None:
    with strict.client(login=False) as api:
        for _ in range(20):
            api.login(strict.user, "1-wrong")
        before = time.monotonic()
        error = refused(api, "auth.login_ex", {
            "mechanism": "API_KEY_PLAIN", "username": strict.user,
            "api_key": strict.key})
        assert (error.code, error.errno) == (-32001, 16)
        assert "Rate Limit Exceeded" in error.reason
        assert time.monotonic() - before >= 0.01
        # the limit counts per method
        assert api.call("auth.login_with_api_key", strict.key) is True


def test_failed_login_waits_a_second_or_two() -> None:
    with Simulator("--penalty-scale", "0.1") as nas:
        with nas.client(login=False) as api:
            before = time.monotonic()
            api.login(nas.user, "1-wrong")
            assert 0.1 <= time.monotonic() - before


def test_key_over_an_insecure_line_is_burnt() -> None:
    with Simulator(*QUICK) as nas:
        nas.control.command("tune", trust_loopback=False)
        with nas.client(login=False) as api:
            assert api.login(nas.user, nas.key) == {
                "response_type": "EXPIRED"}
        nas.control.command("tune", trust_loopback=True)
        with nas.client(login=False) as api:
            assert api.login(nas.user, nas.key) == {
                "response_type": "EXPIRED"}
