"""Whatever arrives, the answer is the contract's, and the good alerts beside it are filed."""

from collections.abc import Iterator

import pytest

from tests.e2e.alerts import alert, body
from tests.e2e.bridge import SENDER, Bridge
from tests.e2e.desks import Desk, DeskTicket
from tests.e2e.processes import eventually

HOOK = "/webhooks/alertmanager"


@pytest.fixture(scope="module")
def summit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests here; each has subjects of its own."""
    desk = Desk("summit", tmp_path_factory.mktemp("summit"))
    with desk.running():
        yield desk


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory, summit: Desk) -> Iterator[Bridge]:
    """One bridge for all tests here; none of them changes it."""
    folder = tmp_path_factory.mktemp("bridge")
    bridge = Bridge(folder, summit=summit, serviceops=Desk("serviceops", folder))
    with bridge.serving():
        yield bridge


def assert_filed(summit: Desk, name: str) -> DeskTicket:
    """Wait for the one ticket of a subject."""
    ticket = eventually(lambda: summit.ticket(name))
    assert summit.refused() == []
    return ticket


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "nothing"),
        (b'"text"', "a string"),
        (b"[]", "a list"),
        (b"{}", "no alerts"),
        (b'{"alerts": {"a": 1}}', "alerts is not a list"),
    ],
)
def test_a_body_of_another_shape_is_refused_in_words(
    bridge: Bridge, content: bytes, why: str
) -> None:
    headers = {**SENDER, "Content-Type": "application/json"}
    answer = bridge.raw("POST", HOOK, data=content, headers=headers)
    assert answer.status_code == 400, why
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 400
    assert len(answer.content) < 1000
    assert answer.json()["detail"]


def test_an_unknown_source_is_not_found_and_none_is_named(bridge: Bridge) -> None:
    answer = bridge.raw("POST", "/webhooks/nagios", json=body(alert("X")), headers=SENDER)
    assert answer.status_code == 404
    assert "alertmanager" not in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_a_webhook_is_not_allowed_and_never_redirected(bridge: Bridge, method: str) -> None:
    answer = bridge.raw(method, HOOK, headers=SENDER, allow_redirects=False)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_no_header_of_a_caller_changes_the_path(bridge: Bridge) -> None:
    assert bridge.raw("GET", "/healthz", headers={"SCRIPT_NAME": "/healthz"}).status_code == 200
    assert bridge.raw("GET", "/x/healthz", headers={"SCRIPT_NAME": "/x"}).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer am-tokem"}])
def test_a_sender_without_the_token_is_told_so(bridge: Bridge, headers: dict[str, str]) -> None:
    answer = bridge.raw("POST", HOOK, json=body(alert("Forged")), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "am-token" not in answer.text
    assert not [i for i in bridge.incidents() if "Forged" in i["spec"]["subject"]]


def test_a_body_over_the_limit_is_refused_whole(bridge: Bridge) -> None:
    huge = alert("Huge", annotations={"description": "x" * 300_000}, instance="huge:1")
    answer = bridge.raw("POST", HOOK, json=body(huge), headers=SENDER)
    assert answer.status_code == 413
    assert not [i for i in bridge.incidents() if "Huge" in i["spec"]["subject"]]


def test_a_very_long_annotation_is_filed_within_the_desks_limits(
    bridge: Bridge, summit: Desk
) -> None:
    long = alert("Long", annotations={"description": "é" * 20_000}, instance="long:1")
    assert bridge.post(body(long))["accepted"] == 1
    assert_filed(summit, "Long on long")


def test_control_and_direction_characters_do_not_keep_an_alert_from_its_ticket(
    bridge: Bridge, summit: Desk
) -> None:
    description = "before\x00after \u202egnp.exe\u202c \x1b[31mred\x1b[0m"
    odd = alert("Odd", annotations={"description": description}, instance="odd\u202e:1")
    assert bridge.post(body(odd))["accepted"] == 1
    ticket = assert_filed(summit, "Odd on")
    assert (ticket.subject, ticket.ci_value) == ("Odd on odd", "odd")
    assert not set("\x00\x1b\u202e\u202c") & set(ticket.description)


def test_the_good_alerts_of_a_body_are_filed_beside_the_bad_ones(
    bridge: Bridge, summit: Desk
) -> None:
    bare = {**alert("Bare"), "labels": {}}
    strange = {**alert("Strange", instance="strange:1"), "status": "on fire"}
    receipt = bridge.post(
        body(alert("Good", instance="good:1"), strange, bare, alert("Fine", instance="fine:1"))
    )
    assert [rejected["index"] for rejected in receipt["rejected"]] == [1, 2]
    assert receipt["accepted"] == 2
    assert_filed(summit, "Good on good")
    assert_filed(summit, "Fine on fine")


def test_an_alert_without_the_labels_that_rules_expect_is_filed_all_the_same(
    bridge: Bridge, summit: Desk
) -> None:
    assert bridge.post(body(alert("Lonely")))["accepted"] == 1
    assert_filed(summit, "Lonely on an unnamed host")


def test_what_no_rule_wants_is_counted_and_not_filed(bridge: Bridge, summit: Desk) -> None:
    receipt = bridge.post(body(alert("Watchdog", instance="dog:1")))
    assert (receipt["dropped"], receipt["incidents"]) == (1, [])


def test_a_repeat_of_the_same_firing_changes_nothing(bridge: Bridge, summit: Desk) -> None:
    again = body(alert("Again", instance="again:1"))
    opened = bridge.post(again)["incidents"]
    assert_filed(summit, "Again on again")
    repeated = bridge.post(again)["incidents"]
    assert [i["action"] for i in (*opened, *repeated)] == ["opened", "unchanged"]
    assert opened[0]["id"] == repeated[0]["id"]
