"""The `auth:` of a source, as it is configured."""

from datetime import timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

from bridge.sources import SOURCES, SourceSection
from bridge.sources.auth import (
    Auth,
    BasicAuth,
    BearerAuth,
    HmacAuth,
    NoAuth,
    QueryTokenAuth,
    RoutingKeyAuth,
)
from bridge.yamlfile import parse, schema_problems


def load(auth: object) -> Auth:
    loaded: dict[str, Any] = SourceSection().load({"type": "alertmanager", "auth": auth})
    read: Auth = loaded["auth"]
    return read


@pytest.mark.parametrize(
    ("said", "auth"),
    [
        ("none", NoAuth()),
        ({"bearer": "t1"}, BearerAuth(secrets=("t1",))),
        ({"bearer": ["t1", "t2"]}, BearerAuth(secrets=("t1", "t2"))),
        ({"query_token": "t1"}, QueryTokenAuth(secrets=("t1",))),
        (
            {"basic": {"username": "u", "password": "p"}},
            BasicAuth(username="u", secrets=("p",)),
        ),
        (
            {"hmac": "k"},
            HmacAuth(
                secrets=("k",),
                header="X-Grafana-Alerting-Signature",
                timestamp_header=None,
                window=timedelta(minutes=5),
            ),
        ),
        (
            {"hmac": "k", "header": "X-Hub-Signature", "algorithm": "sha1"},
            HmacAuth(
                secrets=("k",),
                header="X-Hub-Signature",
                algorithm="sha1",
                timestamp_header=None,
                window=timedelta(minutes=5),
            ),
        ),
        (
            {"hmac": ["k"], "header": "X-S", "timestamp_header": "X-T", "window": "30s"},
            HmacAuth(
                secrets=("k",), header="X-S", timestamp_header="X-T", window=timedelta(seconds=30)
            ),
        ),
    ],
)
def test_every_way_is_read(said: object, auth: Auth) -> None:
    assert load(said) == auth


@pytest.mark.parametrize("kind", SOURCES.values(), ids=lambda kind: kind.name)
def test_every_source_type_has_the_shared_section(kind: Any) -> None:
    assert SOURCES[kind.name] is kind
    needed = {"generic": {"map": {"identity": "id"}}}.get(kind.name, {})
    section = kind.schema().load({"type": kind.name, "auth": "none", **needed})
    assert kind.build("mine", section).name == "mine"


def problems(auth: str) -> list[str]:
    document = parse(f"am:\n  type: alertmanager\n{auth}", "bridge.yaml")
    assert isinstance(document.data, dict)
    with pytest.raises(ValidationError) as refused:
        SourceSection().load(document.data["am"])
    return [str(problem) for problem in schema_problems(document, refused.value, ("am",))]


def test_a_source_without_auth_is_told_how_to_be_open() -> None:
    (problem,) = problems("")
    assert problem.startswith("bridge.yaml:")
    assert "am.auth: is missing; " in problem
    assert "`auth: none`" in problem


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        ("  auth:", "is empty"),
        ("  auth: s3cret-token", "write one of bearer, basic, hmac or query_token, or `none`"),
        ("  auth: [s3cret-token]", "write one of bearer"),
        ("  auth: {}", "has 0 ways"),
        ("  auth: {bearer: s3cret-token, query_token: s3cret-token}", "has 2 ways"),
        ("  auth: {bearer: ''}", "bridge.yaml:3:10: am.auth.bearer: is not a secret"),
        ("  auth: {bearer: [s3cret-token, '']}", "am.auth.bearer: is not a secret"),
        ("  auth: {bearer: []}", "am.auth.bearer: is not a secret"),
        ("  auth: {bearer: 12345}", "am.auth.bearer: is not a secret"),
        ("  auth: {bearer: s3cret-token, widow: 5m}", "unknown key 'widow'"),
        ("  auth: {hmac: s3cret-token, widow: 5m}", "did you mean 'window'?"),
        (
            "  auth: {hmac: s3cret-token, window: soon}",
            "am.auth.window: 'soon' is not a span of time",
        ),
        ("  auth: {hmac: s3cret-token, window: 0s}", "am.auth.window: admits nothing"),
        ("  auth: {hmac: s3cret-token, algorithm: md5}", "am.auth.algorithm: is unknown; choose"),
        ("  auth: {routing_key: s3cret-token}", "has 0 ways"),
        ("  auth: {basic: {username: u}}", "am.auth.basic.password is missing"),
        ("  auth: {basic: {password: s3cret-token}}", "am.auth.basic.username is missing"),
        ("  auth: {basic: s3cret-token}", "am.auth.basic is not a mapping"),
    ],
)
def test_a_mistake_is_said_with_its_place_and_without_the_secret(auth: str, says: str) -> None:
    said = problems(auth)
    assert [problem for problem in said if says in problem], said
    assert "s3cret-token" not in str(said)


@pytest.mark.parametrize(
    "auth",
    [
        {"bearer": "s3cret"},
        {"basic": {"username": "u", "password": "s3cret"}},
        {"hmac": "s3cret"},
        {"query_token": "s3cret"},
    ],
)
def test_no_secret_shows_in_a_repr(auth: object) -> None:
    loaded = load(auth)
    assert loaded.secrets == ("s3cret",)
    assert "s3cret" not in repr(loaded)


def test_a_pagerduty_source_takes_routing_keys_and_nothing_else() -> None:
    schema = SOURCES["pagerduty"].schema()
    loaded = schema.load({"type": "pagerduty", "auth": {"routing_key": ["k1", "k2"]}})
    assert loaded["auth"] == RoutingKeyAuth(secrets=("k1", "k2"))
    with pytest.raises(ValidationError, match="write routing_key, or `none`"):
        schema.load({"type": "pagerduty", "auth": {"bearer": "s3cret"}})


@pytest.mark.parametrize(
    ("allow", "networks"),
    [
        ("10.0.0.7", ["10.0.0.7/32"]),
        (["10.0.0.0/8", "2001:db8::/32"], ["10.0.0.0/8", "2001:db8::/32"]),
    ],
)
def test_a_source_says_where_its_sender_may_be(allow: object, networks: list[str]) -> None:
    loaded = SourceSection().load({"type": "alertmanager", "auth": "none", "allow": allow})
    assert [str(network) for network in loaded["allow"]] == networks


@pytest.mark.parametrize("allow", ["10.0.0.1/8", "host.example.com", [], None, [None]])
def test_what_is_no_network_is_said(allow: object) -> None:
    with pytest.raises(ValidationError):
        SourceSection().load({"type": "alertmanager", "auth": "none", "allow": allow})
