"""Faults to order, over real connections."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from bridge.sandbox.book import CallLog
from bridge.sandbox.faults import FaultPlan, parse_fault
from bridge.sandbox.ledger import Ledger
from tests.sandbox.calls import KEY, gen1_incident


def order(desk: Sandbox, http: requests.Session, said: object) -> requests.Response:
    return http.post(desk.url + "/_sandbox/faults", json=said, timeout=5)


def create(desk: Sandbox, http: requests.Session, timeout: float = 5) -> requests.Response:
    url = desk.url + "/api/v1/incident"
    return http.post(url, json=gen1_incident(), headers=KEY, timeout=timeout)


def counted(desk: Sandbox, http: requests.Session) -> int:
    counts: dict[str, int] = http.get(desk.url + "/_sandbox/calls", timeout=5).json()["counts"]
    return sum(counts.values())


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        ("500", 500, None),
        ("503", 503, "1"),
        ("429", 429, "1"),
        ("401", 401, None),
        ("500-after", 500, None),
    ],
)
def test_a_call_fails_with_the_status_that_was_ordered(
    serviceops: Sandbox,
    http: requests.Session,
    fault: str,
    status: int,
    retry_after: str | None,
) -> None:
    order(serviceops, http, {"fail": [fault]})
    answer = create(serviceops, http)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == retry_after
    assert len(serviceops.tickets) == fault.endswith("-after")
    assert serviceops.refusals == ()


def test_a_call_may_have_to_wait_until_a_date(serviceops: Sandbox, http: requests.Session) -> None:
    order(serviceops, http, {"fail": ["429-date"]})
    answer = create(serviceops, http)
    assert answer.status_code == 429
    pause = parsedate_to_datetime(answer.headers["Retry-After"]) - datetime.now(UTC)
    assert timedelta(0) < pause <= timedelta(seconds=2)


def test_a_call_may_be_told_of_the_limit_in_the_desks_own_headers(
    serviceops: Sandbox, summit: Sandbox, http: requests.Session
) -> None:
    for desk in (serviceops, summit):
        order(desk, http, {"fail": ["429-reset"]})
    answer = create(serviceops, http)
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Reset"] == "1000"
    silent = http.post(summit.url + "/any", timeout=5)
    assert (silent.status_code, "X-RateLimit-Reset" in silent.headers) == (429, False)


@pytest.mark.parametrize(
    ("fault", "content"),
    [("html", "<html>"), ("html-after", "<html>"), ("empty", ""), ("empty-after", "")],
)
def test_a_call_is_answered_with_something_unreadable(
    serviceops: Sandbox, http: requests.Session, fault: str, content: str
) -> None:
    order(serviceops, http, {"fail": [fault]})
    answer = create(serviceops, http)
    assert answer.status_code == 200
    assert content in answer.text
    assert (answer.text == "") == (content == "")
    assert len(serviceops.tickets) == fault.endswith("-after")


@pytest.mark.parametrize("fault", ["reset", "reset-after"])
def test_a_connection_is_reset(serviceops: Sandbox, http: requests.Session, fault: str) -> None:
    order(serviceops, http, {"fail": [fault]})
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        create(serviceops, http)
    assert len(serviceops.tickets) == (fault == "reset-after")
    order(serviceops, http, {"fail": []})
    assert create(serviceops, http).status_code == 200


@pytest.mark.parametrize("fault", ["hang", "hang-after"])
def test_a_call_is_never_answered_and_ends_when_the_desk_does(
    serviceops: Sandbox, http: requests.Session, fault: str
) -> None:
    order(serviceops, http, {"fail": [fault]})
    with ThreadPoolExecutor() as pool:
        call = pool.submit(create, serviceops, requests.Session(), timeout=30)
        while counted(serviceops, http) == 0:
            assert not call.done()
        with pytest.raises(requests.ReadTimeout):
            create(serviceops, http, timeout=0.2)
        serviceops.stop()
        with pytest.raises(requests.ConnectionError):
            call.result()
    assert len(serviceops.tickets) == 2 * (fault == "hang-after")


def test_only_so_many_calls_fail(serviceops: Sandbox, http: requests.Session) -> None:
    answer = order(serviceops, http, {"fail": ["503"], "times": 2})
    assert answer.json() == {"fail": ["503"], "times": 2, "latency": "0ms"}
    assert [create(serviceops, http).status_code for _ in range(3)] == [503, 503, 200]


def test_calls_fail_until_told_otherwise(serviceops: Sandbox, http: requests.Session) -> None:
    order(serviceops, http, {"fail": ["500"]})
    assert [create(serviceops, http).status_code for _ in range(3)] == [500, 500, 500]
    answer = order(serviceops, http, {"fail": []})
    assert answer.json() == {"fail": [], "times": None, "latency": "0ms"}
    assert create(serviceops, http).status_code == 200


def test_a_new_order_replaces_the_faults_but_not_the_latency(
    serviceops: Sandbox, http: requests.Session
) -> None:
    order(serviceops, http, {"fail": ["500"], "latency": "1ms"})
    answer = order(serviceops, http, {"fail": ["503"]})
    assert answer.json() == {"fail": ["503"], "times": None, "latency": "1ms"}
    assert order(serviceops, http, {"latency": "0ms"}).json()["fail"] == ["503"]
    assert create(serviceops, http).status_code == 503


def test_pages_and_controls_never_fail(serviceops: Sandbox, http: requests.Session) -> None:
    order(serviceops, http, {"fail": ["500"]})
    assert http.get(serviceops.url + "/", timeout=5).status_code == 200
    assert http.get(serviceops.url + "/_sandbox/tickets", timeout=5).status_code == 200
    assert counted(serviceops, http) == 0


def test_calls_that_fail_are_counted_too(serviceops: Sandbox, http: requests.Session) -> None:
    order(serviceops, http, {"fail": ["500"]})
    create(serviceops, http)
    assert counted(serviceops, http) == 1


def test_a_slow_desk_answers_after_its_latency(serviceops: Sandbox, http: requests.Session) -> None:
    order(serviceops, http, {"latency": "1h"})
    with pytest.raises(requests.ReadTimeout):
        create(serviceops, http, timeout=0.2)
    order(serviceops, http, {"latency": "1ms"})
    assert create(serviceops, http).status_code == 200


def test_a_desk_that_stops_does_not_finish_what_it_was_slow_to_begin(
    serviceops: Sandbox, http: requests.Session
) -> None:
    order(serviceops, http, {"latency": "1h"})
    with ThreadPoolExecutor() as pool:
        call = pool.submit(create, serviceops, requests.Session(), timeout=30)
        while counted(serviceops, http) == 0:
            assert not call.done()
        serviceops.stop()
        with pytest.raises(requests.ConnectionError):
            call.result()
    assert serviceops.tickets == ()


def test_a_desk_may_be_made_faulty(http: requests.Session) -> None:
    desk = SANDBOXES["serviceops"](latency="1ms", faults=["503"])
    desk.start()
    assert create(desk, http).status_code == 503
    desk.stop()


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"fail": "500"}', "not a list of faults"),
        (b'{"fail": ["501"]}', "choose one of 500, 503"),
        (b'{"fail": ["500=2"]}', "write it like 500=0.1"),
        (b'{"fail": ["500"], "times": 0}', "times"),
        (b'{"fail": ["500"], "times": true}', "times"),
        (b'{"times": 2}', "times"),
        (b'{"latency": 50}', "write it like 50ms"),
        (b'{"latency": "fast"}', "write it like 90s"),
        (b'{"latency": "50ms", "fail": ["no"]}', "choose one of"),
        (b'{"fails": []}', "there are fail, latency, times"),
    ],
)
def test_an_order_that_makes_no_sense_is_answered_with_the_remedy(
    serviceops: Sandbox, http: requests.Session, said: bytes, named: str
) -> None:
    answer = http.post(serviceops.url + "/_sandbox/faults", data=said, timeout=5)
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    after = order(serviceops, http, {}).json()
    assert after == {"fail": [], "times": None, "latency": "0ms"}


@pytest.mark.parametrize(
    ("latency", "faults", "named"),
    [
        ("soon", [], "write it like 90s"),
        ("0ms", ["500=x"], "write it like 500=0.1"),
        ("0ms", ["500=nan"], "write it like 500=0.1"),
        ("0ms", ["503-after"], "choose one of"),
    ],
)
def test_a_desk_cannot_be_made_with_nonsense(
    latency: str, faults: Sequence[str], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        SANDBOXES["summit"](latency=latency, faults=faults)


def draws(faults: Sequence[str], calls: int) -> list[str]:
    plan = FaultPlan("0ms", faults)
    return [str(plan.draw() or "ok") for _ in range(calls)]


def test_a_share_strikes_that_share_of_calls_and_the_same_ones_each_time() -> None:
    first = draws(["500=0.2", "reset=0.1"], 1000)
    assert first == draws(["500=0.2", "reset=0.1"], 1000)
    assert 170 < first.count("500") < 230
    assert 70 < first.count("reset") < 130


def test_shares_of_more_than_everything_are_scaled_down() -> None:
    drawn = draws(["500", "503"], 1000)
    assert drawn.count("500") + drawn.count("503") == 1000
    assert 450 < drawn.count("500") < 550


def test_a_share_of_nothing_never_strikes() -> None:
    assert set(draws(["500=0"], 100)) == {"ok"}


@pytest.mark.parametrize("text", ["500", "hang-after=0.25", "html=0.5"])
def test_a_fault_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_fault(text)) == text


def test_each_call_is_remembered_with_its_time(serviceops: Sandbox, http: requests.Session) -> None:
    order(serviceops, http, {"fail": ["500"], "times": 1})
    create(serviceops, http)
    create(serviceops, http)
    calls = http.get(serviceops.url + "/_sandbox/calls", timeout=5).json()["latest"]
    assert [call["operation"] for call in calls] == ["POST /api/v1/incident"] * 2
    assert calls[0]["at"] < calls[1]["at"]
    counted = http.get(serviceops.url + "/_sandbox/counts", timeout=5).json()
    assert counted == {"counts": {"POST /api/v1/incident": 2}}


def test_a_call_came_when_its_first_line_did_however_long_it_takes_to_read() -> None:
    log = CallLog(Ledger(None))
    came_at = datetime(2026, 1, 5, tzinfo=UTC)
    log.count("create", came_at)
    assert [call.at for call in log.latest()] == [came_at]
