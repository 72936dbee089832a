"""Who is let in, by each way of proving it, and who is not."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from bridge.sources.auth import Auth, BasicAuth, BearerAuth, HmacAuth, NoAuth, QueryTokenAuth
from bridge.web import console_guard_for, create_app
from tests.builders import T0
from tests.web.fakes import JSON, Web

BODY = b'{"alerts": []}'
BEARER = BearerAuth(secrets=("new-token", "old-token"))
BASIC = BasicAuth(username="grafana", secrets=("pässword", "before"))
QUERY = QueryTokenAuth(secrets=("t/k=n", "older-one"))
HMAC = HmacAuth(
    secrets=("key-2", "key-1"),
    header="X-Grafana-Alerting-Signature",
    timestamp_header=None,
    window=timedelta(minutes=5),
)
STAMPED = HmacAuth(
    secrets=("key-2", "key-1"),
    header="X-Signature",
    timestamp_header="X-Stamp",
    window=timedelta(minutes=5),
)


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def signature(key: str, signed: bytes) -> str:
    return hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def stamped(
    key: str = "key-2", *, late: float = 0, stamp: str | None = None, body: bytes = BODY
) -> dict[str, str]:
    stamp = stamp or str(int(T0.timestamp() - late))
    return {"X-Stamp": stamp, "X-Signature": signature(key, stamp.encode() + b":" + body)}


def status(auth: Auth, headers: Mapping[str, str], query: str = "") -> int:
    client = Web().client(auth)
    answer = client.post(f"/webhooks/am{query}", data=BODY, headers={**JSON, **headers})
    return answer.status_code


def test_an_open_source_takes_from_anyone() -> None:
    assert status(NoAuth(), {}) == 202


@pytest.mark.parametrize(
    "value", ["Bearer new-token", "Bearer old-token", "bearer new-token", "BEARER  old-token "]
)
def test_every_valid_bearer_token_is_let_in(value: str) -> None:
    assert status(BEARER, {"Authorization": value}) == 202


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer new-toke",
        "Bearer new-token2",
        "Token new-token",
        "new-token",
    ],
)
def test_a_wrong_bearer_token_is_turned_away(value: str) -> None:
    assert status(BEARER, {"Authorization": value}) == 401


def test_a_token_with_equals_signs_in_it_is_a_token() -> None:
    auth = BearerAuth(secrets=("a=b==",))
    assert status(auth, {"Authorization": "Bearer a=b=="}) == 202


@pytest.mark.parametrize("password", ["pässword", "before"])
def test_basic_takes_every_valid_password(password: str) -> None:
    assert status(BASIC, {"Authorization": basic("grafana", password)}) == 202


@pytest.mark.parametrize(
    "value",
    [
        basic("grafana", "wrong"),
        basic("other", "before"),
        basic("grafana", ""),
        "Basic",
        "Basic !!!",
        "Basic Zg",
        "Basic " + base64.b64encode(b"grafana").decode(),
        "Bearer before",
    ],
)
def test_basic_turns_away_what_is_not_user_and_password(value: str) -> None:
    assert status(BASIC, {"Authorization": value}) == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?token=t%2Fk%3Dn", 202),
        ("?token=older-one", 202),
        ("?token=wrong", 401),
        ("?token=", 401),
        ("?token=wrong&token=older-one", 401),
        ("?token=%FF", 401),
        ("", 401),
    ],
)
def test_a_query_token_is_compared_decoded(query: str, expected: int) -> None:
    assert status(QUERY, {}, query) == expected


@pytest.mark.parametrize("key", ["key-1", "key-2"])
def test_a_signature_by_any_valid_key_is_let_in(key: str) -> None:
    assert status(HMAC, {HMAC.header: signature(key, BODY)}) == 202
    assert status(HMAC, {HMAC.header: signature(key, BODY).upper()}) == 202


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_each_algorithm_is_its_own_and_may_be_named_before_the_signature(algorithm: str) -> None:
    auth = replace(HMAC, algorithm=algorithm)
    right = hmac.new(b"key-1", BODY, algorithm).hexdigest()
    other = hmac.new(b"key-1", BODY, "sha224").hexdigest()
    assert status(auth, {HMAC.header: right}) == 202
    assert status(auth, {HMAC.header: f"{algorithm}={right}"}) == 202
    assert status(auth, {HMAC.header: f"sha224={right}"}) == 401
    assert status(auth, {HMAC.header: other}) == 401


@pytest.mark.parametrize(
    "value", ["", "00", signature("key-3", BODY), signature("key-1", BODY + b" "), "é"]
)
def test_a_signature_of_another_key_or_body_is_turned_away(value: str) -> None:
    assert status(HMAC, {HMAC.header: value}) == 401


@pytest.mark.parametrize("late", [0, 299, 300, -300])
def test_a_recent_timestamp_that_is_signed_too_is_let_in(late: float) -> None:
    assert status(STAMPED, stamped("key-1", late=late)) == 202


@pytest.mark.parametrize(
    "headers",
    [
        stamped(late=301),
        stamped(late=-301),
        stamped(stamp="soon"),
        stamped(stamp="9" * 30),
        stamped(stamp="1" * 5000),
        stamped(stamp="-1"),
        {**stamped(), "X-Stamp": str(int(T0.timestamp()) - 1)},
        {"X-Signature": stamped()["X-Signature"]},
        {"X-Stamp": str(int(T0.timestamp())), "X-Signature": signature("key-2", BODY)},
        {},
    ],
)
def test_a_stale_missing_or_unsigned_timestamp_is_turned_away(headers: dict[str, str]) -> None:
    assert status(STAMPED, headers) == 401


@pytest.mark.parametrize(
    ("auth", "scheme"),
    [(BEARER, "Bearer"), (BASIC, "Basic"), (HMAC, "HMAC-SHA256"), (QUERY, "QueryToken")],
)
def test_who_is_turned_away_learns_how_to_prove_itself_and_no_secret(
    auth: Auth, scheme: str
) -> None:
    answer = Web().client(auth).post("/webhooks/am", data=BODY, headers=JSON)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith(f'{scheme} realm="incident-bridge"')
    assert answer.content_type == "application/problem+json"
    assert not [secret for secret in auth.secrets if secret in answer.text]


class Unread(BytesIO):
    """A body that must not be asked for."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readinto = readline = read  # type: ignore[assignment]


@pytest.mark.parametrize("auth", [BEARER, BASIC, QUERY, HMAC, STAMPED])
def test_the_body_of_a_stranger_is_not_read(auth: Auth) -> None:
    web = Web()
    environ = {"wsgi.input": Unread(), "CONTENT_LENGTH": "14"}
    answer = web.client(auth).post("/webhooks/am", headers=JSON, environ_overrides=environ)
    assert answer.status_code == 401
    assert web.intake.received == []


def test_a_signed_body_over_the_limit_is_413_whoever_signed_it() -> None:
    body = b"x" * 2000
    headers = {**JSON, HMAC.header: signature("key-1", body)}
    assert Web().client(HMAC).post("/webhooks/am", data=body, headers=headers).status_code == 413


def test_every_valid_secret_is_compared_whichever_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(given: bytes, secret: bytes) -> bool:
        compared.append(secret)
        return given == secret

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert status(BEARER, {"Authorization": "Bearer new-token"}) == 202
    assert compared == [b"new-token", b"old-token"]


@given(header=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")))
def test_no_authorization_header_breaks_a_guard(header: str) -> None:
    for auth in (BEARER, BASIC):
        assert status(auth, {"Authorization": header}) == 401


@pytest.mark.parametrize(
    "path", ["/", "/incidents/01", "/api/v1/incidents", "/api/v1/openapi.json"]
)
def test_the_console_guard_stands_before_api_and_pages(path: str) -> None:
    web = Web()
    client = web.client(console_guard=console_guard_for(BEARER, web.clock))
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    let_in = client.get(path, headers={"Authorization": "Bearer old-token"})
    assert let_in.status_code in (200, 404)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_console_guard_leaves_health_to_anyone(path: str) -> None:
    web = Web()
    client = web.client(console_guard=console_guard_for(BEARER, web.clock))
    assert client.get(path).status_code == 200


def test_a_browser_may_give_the_consoles_token_as_a_password() -> None:
    web = Web()
    client = web.client(console_guard=console_guard_for(BEARER, web.clock))
    challenges = client.get("/").headers.getlist("WWW-Authenticate")
    assert [challenge.split()[0] for challenge in challenges] == ["Basic", "Bearer"]
    right = {"Authorization": basic("anyone", "new-token")}
    wrong = {"Authorization": basic("new-token", "anyone")}
    assert client.get("/", headers=right).status_code == 200
    assert client.get("/", headers=wrong).status_code == 401


@pytest.mark.parametrize("query", ["token=wr%20ong&x=1", "x=1&token=right", "token=a&token=b"])
def test_the_server_finds_no_token_to_write_into_its_access_log(query: str) -> None:
    app = create_app(Web().deps(QueryTokenAuth(secrets=("right",))))
    environ = EnvironBuilder("/webhooks/am", method="POST", query_string=query).get_environ()
    environ["RAW_URI"] = environ["REQUEST_URI"] = f"/webhooks/am?{query}"
    answered: list[str] = []

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        answered.append(status)
        return BytesIO().write

    app(environ, start_response)
    assert answered == ["202 ACCEPTED" if "right" in query else "401 UNAUTHORIZED"]
    for name in ("RAW_URI", "REQUEST_URI", "QUERY_STRING"):
        assert "token=***" in environ[name]
        assert "x=1" in environ[name] or "x=1" not in query
        assert not [word for word in ("wr", "right", "=a", "=b") if word in environ[name]]
