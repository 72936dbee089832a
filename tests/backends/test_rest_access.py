"""The ways into a described desk, and that a token is renewed when its time comes."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from bridge.backends.rest.adapter import RestDesk
from bridge.domain.errors import DeskLockedOut, DeskUnavailable, TicketRefused
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.raw_server import RawServer, answer, raw_server
from tests.backends.rest_world import TICKET, WHOLE, described, desk_at, section

SEVEN = Ticket(number="7", id="7", status="new", state=TicketState.OPEN)
OAUTH: Mapping[str, str] = {"client_id": "me", "client_secret": "s3cret", "token_path": "/oauth"}
SHOWN = answer(200, TICKET)


def token(text: str, **more: object) -> bytes:
    return answer(200, {"access_token": text, "token_type": "bearer", **more})


def described_with(**changes: object) -> Mapping[str, Any]:
    return described(WHOLE, **changes)


@pytest.mark.parametrize(
    ("auth", "changes", "name", "value"),
    [
        ({"basic": {"username": "u", "password": "p"}}, {}, "authorization",
         f"Basic {base64.b64encode(b'u:p').decode()}"),
        ({"bearer": "abcd"}, {}, "authorization", "Bearer abcd"),
        ({"header": {"name": "X-Api-Key", "value": "abcd"}}, {}, "x-api-key", "abcd"),
        ({"key": "abcd"}, {"key": {"value": "Token token={{ key }}"}}, "authorization",
         "Token token=abcd"),
        ({"key": "abcd"}, {"key": {"header": "X-Key", "value": "{{ key }}"}}, "x-key", "abcd"),
    ],
)  # fmt: skip
def test_a_header_says_who_calls(
    tmp_path: Path, auth: Mapping[str, Any], changes: Mapping[str, Any], name: str, value: str
) -> None:
    said = described_with(**changes)
    with raw_server(SHOWN) as server, desk_at(tmp_path, server.url, said, auth=auth) as desk:
        desk.read(SEVEN)
    assert server.received[0].headers[name] == value


def test_a_desk_may_want_no_header_and_the_key_elsewhere(tmp_path: Path) -> None:
    said = described_with(auth=["none"])
    with raw_server(SHOWN) as server, desk_at(tmp_path, server.url, said, auth={}) as desk:
        desk.read(SEVEN)
    assert "authorization" not in server.received[0].headers
    said = described_with(auth=["key"], requests__read__query={"k": "{{ key }}"})
    auth = {"key": "abcd"}
    with raw_server(SHOWN) as server, desk_at(tmp_path, server.url, said, auth=auth) as desk:
        desk.read(SEVEN)
    assert server.received[0].target == "/tickets/7?k=abcd"


def test_headers_of_every_call_are_sent_with_every_call(tmp_path: Path) -> None:
    said = described_with(headers={"X-App": "{{ settings.queue }}", "X-None?": "{{ key }}"})
    with raw_server(SHOWN) as server, desk_at(tmp_path, server.url, said) as desk:
        desk.read(SEVEN)
    assert server.received[0].headers["x-app"] == "ops"
    assert "x-none" not in server.received[0].headers


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({"key": {"value": "{{ key | round }}"}}, {"auth": {"key": "hush-of-key"}}),
        ({"headers": {"X": "{{ settings.secret | round }}"}},
         {"settings": {"secret": "hush-of-setting"}}),
        ({"login": {"path": "/in", "needs": ["pin"], "token": "body.t",
                    "headers": {"X": "{{ auth.pin | round }}"}}},
         {"auth": {"login": {"pin": "hush-of-pin"}}}),
    ],
)  # fmt: skip
def test_no_secret_is_in_what_is_said_of_a_template_that_fails_at_the_start(
    tmp_path: Path, said: Mapping[str, Any], more: Mapping[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="could not convert") as caught:
        section(tmp_path, "https://tickle.example.com", described_with(**said), **more)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("pin", ["hush-of-a-header", "hush-of-ä-header"])
def test_what_headers_make_of_a_secret_is_one_too(tmp_path: Path, pin: str) -> None:
    said = described_with(headers={"X-App": "Pin {{ settings.secret | base64 }}"})
    made = base64.b64encode(pin.encode()).decode()
    with (
        raw_server(answer(400, {"you": f"sent {made}"})) as server,
        desk_at(tmp_path, server.url, said, settings={"secret": pin}) as desk,
    ):
        with pytest.raises(TicketRefused) as caught:
            desk.read(SEVEN)
        assert server.received[0].headers["x-app"] == f"Pin {made}"
    assert "you" in str(caught.value)
    assert made not in str(caught.value)


def oauth_desk(tmp_path: Path, server: RawServer, **more: str) -> Any:
    return desk_at(tmp_path, server.url, WHOLE, auth={"oauth": {**OAUTH, **more}})


def sent_to(server: RawServer) -> list[tuple[str, str | None]]:
    return [(said.target, said.headers.get("authorization")) for said in server.received]


def test_client_credentials_become_a_bearer_token_that_is_kept(tmp_path: Path) -> None:
    answers = (token("one-token", expires_in=3600), SHOWN)
    with raw_server(*answers) as server, oauth_desk(tmp_path, server, scope="tickets") as desk:
        desk.read(SEVEN)
        desk.read(SEVEN)
    assert sent_to(server) == [("/oauth", None), *[("/tickets/7", "Bearer one-token")] * 2]
    form = server.received[0].body.decode().split("&")
    assert sorted(form) == [
        "client_id=me", "client_secret=s3cret", "grant_type=client_credentials", "scope=tickets",
    ]  # fmt: skip


def test_a_client_can_show_itself_in_a_header(tmp_path: Path) -> None:
    answers = (token("one-token"), SHOWN)
    with raw_server(*answers) as server, oauth_desk(tmp_path, server, send_as="header") as desk:
        desk.read(SEVEN)
    pair = base64.b64encode(b"me:s3cret").decode()
    assert server.received[0].headers["authorization"] == f"Basic {pair}"
    assert server.received[0].body == b"grant_type=client_credentials"


def test_tokens_may_come_from_another_server(tmp_path: Path) -> None:
    auth = {name: said for name, said in OAUTH.items() if name != "token_path"}
    with raw_server(token("far-token")) as issuer, raw_server(SHOWN) as server:
        oauth = {"oauth": {**auth, "token_url": f"{issuer.url}/realms/x/token"}}
        with desk_at(tmp_path, server.url, WHOLE, auth=oauth) as desk:
            desk.read(SEVEN)
    assert sent_to(issuer) == [("/realms/x/token", None)]
    assert sent_to(server) == [("/tickets/7", "Bearer far-token")]


def test_a_token_that_has_expired_is_renewed_before_it_is_shown(tmp_path: Path) -> None:
    answers = (token("one-token", expires_in=0), SHOWN, token("two-token", expires_in=0), SHOWN)
    with raw_server(*answers) as server, oauth_desk(tmp_path, server) as desk:
        desk.read(SEVEN)
        desk.read(SEVEN)
    assert [said for _, said in sent_to(server) if said] == ["Bearer one-token", "Bearer two-token"]


def test_a_token_without_an_end_is_good_until_it_is_refused(tmp_path: Path) -> None:
    answers = (token("one-token"), SHOWN, SHOWN, answer(401), token("two-token"), SHOWN)
    with raw_server(*answers) as server, oauth_desk(tmp_path, server) as desk:
        for _ in range(3):
            desk.read(SEVEN)
    assert [target for target, _ in sent_to(server)].count("/oauth") == 2
    assert sent_to(server)[-1] == ("/tickets/7", "Bearer two-token")


@pytest.mark.parametrize(
    "refusal", [answer(400, {"error": "invalid_client"}), answer(401, b""), answer(403, b"")]
)
def test_a_client_that_is_not_known_locks_the_bridge_out(tmp_path: Path, refusal: bytes) -> None:
    with raw_server(refusal) as server, oauth_desk(tmp_path, server) as desk:
        with pytest.raises(DeskLockedOut, match="check `auth:`"):
            desk.read(SEVEN)
        [problem] = desk.check()
        assert "log-in" in problem
        assert "s3cret" not in problem


def test_an_answer_without_a_token_is_no_token(tmp_path: Path) -> None:
    with (
        raw_server(answer(200, {"ok": True})) as server,
        oauth_desk(tmp_path, server) as desk,
        pytest.raises(DeskUnavailable, match="without an access_token"),
    ):
        desk.read(SEVEN)


LOGIN: Mapping[str, Any] = {
    "path": "/login",
    "headers": {"X-User": "{{ auth.user_token }}"},
    "json": {"app": "{{ settings.queue }}"},
    "needs": ["user_token"],
    "token": "body.session",
    "header": "X-Session",
    "value": "S {{ token }}",
}
ENTERED = {"login": {"user_token": "user-s3cret"}}


def login_desk(tmp_path: Path, server: RawServer, **changes: object) -> Any:
    said = described_with(login={**LOGIN, **changes}, headers={"X-App": "tickle"})
    return desk_at(tmp_path, server.url, said, auth=ENTERED)


def session(text: str, **more: object) -> bytes:
    return answer(200, {"session": text, **more})


def sessions(desk: RestDesk, server: RawServer, times: int) -> list[str | None]:
    for _ in range(times):
        desk.read(SEVEN)
    return [said.headers.get("x-session") for said in server.received]


def test_a_login_of_the_desks_own_gives_a_token_in_its_own_header(tmp_path: Path) -> None:
    with raw_server(session("abcd"), SHOWN) as server, login_desk(tmp_path, server) as desk:
        assert sessions(desk, server, 2) == [None, "S abcd", "S abcd"]
    first = server.received[0]
    assert (first.method, first.target) == ("POST", "/login")
    assert (first.headers["x-user"], first.headers["x-app"]) == ("user-s3cret", "tickle")
    assert first.body == b'{"app":"ops"}'


def test_a_session_that_the_desk_forgot_is_opened_again(tmp_path: Path) -> None:
    answers = (session("abcd"), SHOWN, answer(401), session("efgh"), SHOWN)
    with raw_server(*answers) as server, login_desk(tmp_path, server) as desk:
        assert sessions(desk, server, 2) == [None, "S abcd", "S abcd", None, "S efgh"]


@pytest.mark.parametrize(
    ("changes", "more"), [({"lifetime": "0"}, {}), ({"expires_in": "body.ttl"}, {"ttl": 0})]
)
def test_a_session_is_renewed_at_its_end(
    tmp_path: Path, changes: Mapping[str, str], more: Mapping[str, int]
) -> None:
    answers = (session("abcd", **more), SHOWN, session("efgh", **more), SHOWN)
    with raw_server(*answers) as server, login_desk(tmp_path, server, **changes) as desk:
        assert sessions(desk, server, 2) == [None, "S abcd", None, "S efgh"]


def test_a_login_that_gives_no_token_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with (
        raw_server(answer(200, {"error": 1})) as server,
        login_desk(tmp_path, server) as desk,
        pytest.raises(DeskUnavailable, match=r"without a token at body\.session"),
    ):
        desk.read(SEVEN)
