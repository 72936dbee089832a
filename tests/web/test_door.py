"""Who is let in from where, and what becomes of those who keep failing."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bridge.sources.auth import BearerAuth
from bridge.web import Failures
from bridge.web.failures import MAX_ADDRESSES, TOLERATED
from tests.builders import ManualClock
from tests.web.fakes import JSON, Web

PROXY, SENDER = "10.0.0.1", "192.0.2.7"
AUTH = BearerAuth(secrets=("right",))
RIGHT, WRONG = {"Authorization": "Bearer right"}, {"Authorization": "Bearer wrong"}


def client_of(web: Web, *allow: str) -> FlaskClient:
    deps = web.deps(AUTH)
    networks = tuple(map(ip_network, allow))
    return web.client(AUTH, sources={"am": replace(deps.sources["am"], allow=networks)})


def post(
    client: FlaskClient,
    credentials: dict[str, str],
    peer: str = PROXY,
    forwarded_for: str | None = None,
) -> TestResponse:
    forwarded = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    return client.post(
        "/webhooks/am",
        data=b"{}",
        headers={**JSON, **credentials, **forwarded},
        environ_overrides={"REMOTE_ADDR": peer},
    )


@pytest.fixture
def web() -> Web:
    return Web(trusted_proxies=(ip_network("10.0.0.0/8"),))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "status"),
    [
        (SENDER, None, 202),
        (PROXY, SENDER, 202),
        (PROXY, f"198.51.100.1, {SENDER}", 202),
        (PROXY, None, 403),
        (PROXY, "198.51.100.1", 403),
        (PROXY, f"{SENDER}, 198.51.100.1", 403),
        ("198.51.100.1", SENDER, 403),
        ("2001:db8::1", None, 403),
    ],
)
def test_only_allowed_addresses_may_send_even_with_the_right_token(
    web: Web, peer: str, forwarded_for: str | None, status: int
) -> None:
    answer = post(client_of(web, "192.0.2.0/24"), RIGHT, peer, forwarded_for)
    assert answer.status_code == status
    assert len(web.intake.received) == (1 if status == 202 else 0)


def test_who_is_turned_away_for_where_it_is_learns_which_address_was_seen(web: Web) -> None:
    answer = post(client_of(web, "192.0.2.0/24"), RIGHT, PROXY, "198.51.100.1")
    assert "198.51.100.1 may not send" in answer.get_json(force=True)["detail"]


def test_an_allowed_address_still_has_to_prove_itself(web: Web) -> None:
    assert post(client_of(web, "192.0.2.0/24"), WRONG, SENDER).status_code == 401


def fail(client: FlaskClient, times: int, forwarded_for: str = SENDER) -> list[int]:
    return [post(client, WRONG, forwarded_for=forwarded_for).status_code for _ in range(times)]


def test_who_keeps_failing_is_told_to_stay_away_for_the_rest_of_a_minute(web: Web) -> None:
    client = client_of(web)
    assert fail(client, TOLERATED) == [401] * TOLERATED
    web.clock.advance(20)
    answer = post(client, WRONG, forwarded_for=SENDER)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    assert "credentials are missing or wrong" in answer.get_json(force=True)["detail"]
    web.clock.advance(40)
    assert fail(client, 1) == [401]


def test_one_address_that_fails_is_not_another(web: Web) -> None:
    client = client_of(web)
    assert fail(client, TOLERATED + 1)[-1] == 429
    assert fail(client, 1, "198.51.100.1") == [401]


def test_the_right_credentials_are_taken_from_an_address_that_keeps_failing(web: Web) -> None:
    client = client_of(web)
    fail(client, TOLERATED + 5)
    assert post(client, RIGHT, forwarded_for=SENDER).status_code == 202
    assert fail(client, 1) == [429]


def test_those_who_keep_failing_fill_no_log(web: Web) -> None:
    client = client_of(web)
    fail(client, TOLERATED)
    with capture_logs() as logs:
        fail(client, 50)
    assert logs == []


def test_a_host_with_a_whole_ipv6_network_is_one_address() -> None:
    failures = Failures(now=ManualClock())
    waits = [failures.add(ip_address(f"2001:db8::{n:x}")) for n in range(TOLERATED + 1)]
    assert waits[-1] is not None
    assert failures.add(ip_address("2001:db8:0:1::1")) is None


def test_no_number_of_addresses_takes_more_than_its_room() -> None:
    failures = Failures(now=ManualClock())
    for n in range(MAX_ADDRESSES + 500):
        failures.add(ip_address(0x0A000000 + n))
    assert len(failures._records) == MAX_ADDRESSES
