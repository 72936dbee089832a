"""Tokens of ServiceOps: fetched once, renewed in time, replaced when the desk forgets them."""

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bridge.backends.desk import Limits
from bridge.backends.http import HttpClient
from bridge.backends.login import TokenLogin
from bridge.backends.sending import Connection
from bridge.backends.serviceops.oauth import api_key, password_grant
from bridge.domain.errors import DeskError, DeskLockedOut, DeskUnavailable
from bridge.telemetry.logging import masked
from tests.backends.raw_server import Answer, answer, closed_port, raw_server
from tests.backends.serviceops_world import GRANT, KEY, SPEC, TOKEN, World, desk_at, running_world

LOG_IN = "POST /api/oauth/token"


@dataclass
class Clock:
    """Seconds that pass only when told."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def world() -> Iterator[World]:
    """A desk, whatever it refuses."""
    with running_world() as made:
        yield made


Grant = Callable[..., TokenLogin]


@pytest.fixture
def grant() -> Iterator[Grant]:
    """Make logins whose connections end with the test."""
    clients: list[HttpClient] = []

    def make(url: str, clock: Clock) -> TokenLogin:
        clients.append(HttpClient("desk", Connection(url=url, limits=Limits())))
        return password_grant(clients[-1], GRANT, clock)

    yield make
    for client in clients:
        client.close()


def token(name: str, expires_in: object = 7199) -> bytes:
    return answer(200, {"access_token": name, "expires_in": expires_in})


def test_a_login_is_the_documented_form(grant: Grant) -> None:
    with raw_server(token("token-a")) as server:
        assert grant(server.url, Clock()).proof().header == "Bearer token-a"
    (sent,) = server.received
    assert (sent.method, sent.target) == ("POST", "/api/oauth/token")
    pair = base64.b64encode(b"api:sandbox-secret").decode()
    assert sent.headers["authorization"] == f"Basic {pair}"
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    for name, value in (
        ("username", "bridge"),
        ("password", "sandbox-password"),
        ("grant_type", "password"),
    ):
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in sent.body


def test_a_token_is_kept_until_a_minute_before_its_end(grant: Grant) -> None:
    clock = Clock()
    with raw_server(token("token-a", 7199), token("token-b", 7199)) as server:
        login = grant(server.url, clock)
        assert login.proof().is_new
        clock.now = 7138.9
        kept = login.proof()
        assert (kept.header, kept.is_new) == ("Bearer token-a", False)
        clock.now = 7139.0
        assert login.proof().header == "Bearer token-b"


def test_a_short_life_is_used_by_half(grant: Grant) -> None:
    clock = Clock()
    with raw_server(token("token-a", 40), token("token-b", 40)) as server:
        login = grant(server.url, clock)
        login.proof()
        clock.now = 19.9
        assert login.proof().header == "Bearer token-a"
        clock.now = 20.0
        assert login.proof().header == "Bearer token-b"


@pytest.mark.parametrize("lives", [0, None, "soon"])
def test_a_token_without_a_life_is_used_once(grant: Grant, lives: object) -> None:
    with raw_server(token("token-a", lives), token("token-b", lives)) as server:
        login = grant(server.url, Clock())
        assert login.proof().header == "Bearer token-a"
        assert login.proof().header == "Bearer token-b"


def test_many_threads_fetch_one_token(grant: Grant) -> None:
    with raw_server(token("token-a")) as server:
        login = grant(server.url, Clock())
        threads = [threading.Thread(target=login.proof) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.received) == 1


def test_a_token_that_another_thread_replaced_is_not_dropped(grant: Grant) -> None:
    with raw_server(token("token-a"), token("token-b"), token("token-c")) as server:
        login = grant(server.url, Clock())
        old = login.proof()
        login.drop(old)
        assert login.proof().header == "Bearer token-b"
        login.drop(old)
        assert login.proof().header == "Bearer token-b"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(400, {"error": "invalid_grant"}), DeskLockedOut, "invalid_grant.*check `auth:`"),
        (answer(401, {"error": "unauthorized"}), DeskLockedOut, "check `auth:`"),
        (answer(404), DeskLockedOut, "check `url:`"),
        (answer(500), DeskUnavailable, "answered 500"),
        (answer(200, b"<html>"), DeskUnavailable, "no JSON object"),
        (answer(200, {}), DeskUnavailable, "without an access_token"),
        (answer(200, {"access_token": ""}), DeskUnavailable, "without an access_token"),
    ],
)
def test_a_login_that_fails_says_who_must_act(
    grant: Grant, said: Answer, error: type[DeskError], words: str
) -> None:
    with raw_server(said) as server, pytest.raises(error, match=words):
        grant(server.url, Clock()).proof()


def test_tokens_and_credentials_are_masked_from_then_on(grant: Grant) -> None:
    with raw_server(token("a-very-secret-token")) as server:
        login = grant(server.url, Clock())
        proof = login.proof()
    pair = base64.b64encode(b"api:sandbox-secret").decode()
    assert masked(f"{proof.header}, {pair}") == "Bearer ***, ***"
    assert "a-very-secret-token" not in repr(proof)
    assert "s3cr3t" not in repr(api_key("s3cr3t"))


@pytest.mark.parametrize("auth", [KEY, GRANT], ids=["key", "grant"])
@pytest.mark.parametrize("dialect", ["incident", "request"])
def test_either_way_in_files_tickets(world: World, auth: dict[str, Any], dialect: str) -> None:
    desk = world.desk(auth=auth, dialect=dialect)
    desk.create(SPEC, TOKEN, "")
    desk.create(SPEC, TOKEN, "")
    assert len(world.tickets()) == 2
    assert world.calls().get(LOG_IN, 0) == (1 if auth is GRANT else 0)
    assert list(world.sandbox.refusals) == []


def test_a_token_that_the_desk_forgot_is_replaced_and_the_call_repeated(world: World) -> None:
    desk = world.desk(auth=GRANT)
    desk.create(SPEC, TOKEN, "")
    world.expire_tokens()
    desk.create(SPEC, TOKEN, "")
    assert len(world.tickets()) == 2
    assert world.calls()[LOG_IN] == 2
    assert list(world.sandbox.refusals) == []


def test_a_refused_new_token_is_not_tried_again_and_again(world: World) -> None:
    desk = world.desk(auth=GRANT)
    desk.create(SPEC, TOKEN, "")
    world.fail("401", times=3)
    with pytest.raises(DeskLockedOut):
        desk.create(SPEC, TOKEN, "")
    assert world.calls()["POST /api/v1/incident"] == 2


@pytest.mark.parametrize("key", ["client_secret", "username", "password"])
def test_a_wrong_login_locks_the_bridge_out_and_stays_secret(world: World, key: str) -> None:
    desk = world.desk(auth={**GRANT, key: "wr0ng-one"})
    with pytest.raises(DeskLockedOut, match="check `auth:`") as caught:
        desk.create(SPEC, TOKEN, "")
    for secret in ("wr0ng-one", "sandbox-secret", "sandbox-password"):
        assert secret not in str(caught.value)
    assert world.tickets() == []


@pytest.mark.parametrize("auth", [KEY, GRANT], ids=["key", "grant"])
def test_a_check_of_a_good_desk_finds_nothing_and_files_nothing(
    world: World, auth: dict[str, Any]
) -> None:
    assert world.desk(auth=auth).check() == ()
    assert world.desk(auth=auth, find=False).check() == ()
    assert world.tickets() == []
    assert list(world.sandbox.refusals) == []


@pytest.mark.parametrize(
    "auth", [{"api_key": "wr0ng"}, {**GRANT, "password": "wr0ng"}], ids=["key", "grant"]
)
def test_a_check_says_that_the_credentials_are_wrong(world: World, auth: dict[str, Any]) -> None:
    (problem,) = world.desk(auth=auth).check()
    assert problem.startswith("desk: ")
    assert "check `auth:`" in problem
    assert "wr0ng" not in problem


def test_a_check_says_that_nobody_is_there() -> None:
    with desk_at(f"http://127.0.0.1:{closed_port()}") as desk:
        (problem,) = desk.check()
    assert "cannot be reached" in problem
