"""What people see of a stand-in desk, and what they change there."""

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from tests.sandbox.calls import (
    KEY,
    ask,
    gen1_incident,
    incident_call,
    log_ticket,
    new_container,
    update_container,
)


def by_hand(desk: Sandbox, http: requests.Session, number: str, said: object) -> requests.Response:
    return http.post(f"{desk.url}/_sandbox/tickets/{number}", json=said, timeout=5)


def page(desk: Sandbox, http: requests.Session, path: str = "/") -> str:
    answer = http.get(desk.url + path, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    return answer.text


def test_the_page_is_empty_at_first(summit: Sandbox, http: requests.Session) -> None:
    shown = page(summit, http)
    assert "No tickets yet." in shown
    assert "every call kept the vendor" in shown


def test_the_page_shows_the_tickets_newest_first(summit: Sandbox, http: requests.Session) -> None:
    older, newer = log_ticket(summit, http), log_ticket(summit, http, "Pending")
    shown = page(summit, http)
    assert shown.index(f"/tickets/{newer}") < shown.index(f"/tickets/{older}")
    for said in ("web-1 is down", "Pending", "P2", "eve@acme.com"):
        assert said in shown


def test_the_page_shows_the_refused_calls(summit: Sandbox, http: requests.Session) -> None:
    said = new_container()
    del said["Updater"]
    ask(summit, http, incident_call(said))
    assert "Updater is mandatory" in page(summit, http)


def test_a_tickets_page_shows_all_of_it(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http)
    said = update_container(number, "Pending")
    said["TicketInformation"]["InternalLog"] = "first\nsecond"
    ask(summit, http, incident_call(said))
    shown = page(summit, http, f"/tickets/{number}")
    expected = ["No ping for 5m", "first\nsecond", "Event ID", "e-1", "Pending (api)", "b@acme.com"]
    for part in expected:
        assert part in shown


def test_the_pages_escape_what_they_show(summit: Sandbox, http: requests.Session) -> None:
    evil = "<script>alert(1)</script>"
    said = new_container()
    said["Ticket"] |= {"Description": evil}
    said["TicketInformation"] |= {"Information": evil, "InternalLog": evil}
    said["CustomFields"] = [{"GroupName": "g", "Name": evil, "Value": evil}]
    number = ask(summit, http, incident_call(said))["TicketNo"]
    said["Ticket"]["Status"] = evil
    ask(summit, http, incident_call(said))
    for path in ("/", f"/tickets/{number}"):
        shown = page(summit, http, path)
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown


def test_the_pages_need_nothing_from_elsewhere(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http)
    for path in ("/", f"/tickets/{number}"):
        shown = page(summit, http, path)
        assert "src=" not in shown
        assert "http" not in shown


def test_a_ticket_that_is_not_there_has_no_page(summit: Sandbox, http: requests.Session) -> None:
    answer = http.get(summit.url + "/tickets/1", timeout=5)
    assert (answer.status_code, answer.text) == (404, "There is no ticket 1.\n")


def test_tickets_are_listed_with_every_field(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http)
    [ticket] = http.get(summit.url + "/_sandbox/tickets", timeout=5).json()["tickets"]
    assert (ticket["number"], ticket["status"], ticket["is_open"]) == (number, "New", True)
    assert ticket["custom_fields"] == {"Event ID": "e-1"}
    assert (ticket["cc"], ticket["notes"]) == (["a@acme.com", "b@acme.com"], [])
    assert ticket["created_at"] == summit.tickets[0].created_at.isoformat()
    assert [step["status"] for step in ticket["history"]] == ["New"]


def test_refused_calls_are_listed(summit: Sandbox, http: requests.Session) -> None:
    ask(summit, http, {"ServiceName": "IM_LogOrUpdateIncident"})
    [refused] = http.get(summit.url + "/_sandbox/calls", timeout=5).json()["refused"]
    assert refused["operation"] == "IM_LogOrUpdateIncident"
    assert refused["reason"] == "objCommonParameters is mandatory and an object"
    assert refused["at"].endswith("+00:00")


def test_a_person_takes_a_ticket_over(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http)
    said = {"status": "In-Progress", "assignee": "bob@acme.com", "note": "mine", "tags": ["vip"]}
    answer = by_hand(summit, http, number, said)
    [ticket] = summit.tickets
    assert answer.json()["ticket"]["status"] == "In-Progress"
    assert (ticket.status, ticket.assignee, ticket.notes) == (
        "In-Progress",
        "bob@acme.com",
        ("mine",),
    )
    assert ticket.tags == ("vip",)
    assert [(step.status, step.by) for step in ticket.history] == [
        ("New", "api"),
        ("In-Progress", "person"),
    ]


def test_a_person_closes_a_ticket_and_fills_a_field(
    serviceops: Sandbox, http: requests.Session
) -> None:
    url = serviceops.url + "/api/v1/incident"
    http.post(url, json=gen1_incident(), headers=KEY, timeout=5)
    said = {"status": "Closed", "custom_fields": {"Score": 3}, "cc": []}
    assert by_hand(serviceops, http, "INC-1", said).status_code == 200
    [ticket] = serviceops.tickets
    assert (ticket.is_open, ticket.cc) == (False, ())
    assert ticket.custom_fields == {"Event ID": "e-1", "Score": 3}
    shown = http.get(f"{url}/1", headers=KEY, timeout=5).json()
    assert shown["status"] == "Closed"


def test_a_person_deletes_a_ticket(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http)
    assert by_hand(summit, http, number, {"deleted": True}).status_code == 200
    assert summit.tickets == ()
    answer = ask(summit, http, incident_call(update_container(number, "Assigned")))
    assert "Ticket_No" in answer["Errors"]
    assert log_ticket(summit, http) != number


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"status": "Open"}, "one of New, Assigned"),
        ({"priority": "P9"}, 'one of "", P1'),
        ({"subject": 1}, "a text"),
        ({"tags": "vip"}, "a list of texts"),
        ({"custom_fields": []}, "an object"),
        ({"note": None}, "a text"),
        ({"number": "1"}, "number: no such key"),
        ({"deleted": False}, "deleted: no such key"),
        ({"deleted": True, "status": "New"}, "status: no such key"),
    ],
)
def test_a_change_that_makes_no_sense_is_answered_with_the_remedy(
    summit: Sandbox, http: requests.Session, said: object, named: str
) -> None:
    number = log_ticket(summit, http)
    before = summit.tickets
    answer = by_hand(summit, http, number, said)
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert summit.tickets == before


@pytest.mark.parametrize("said", [{"subject": "Closed"}, {"deleted": True}])
@pytest.mark.parametrize("name", sorted(SANDBOXES))
def test_nobody_changes_a_ticket_that_is_not_there(
    name: str, http: requests.Session, said: object, request: pytest.FixtureRequest
) -> None:
    desk: Sandbox = request.getfixturevalue(name)
    answer = by_hand(desk, http, "1", said)
    assert answer.status_code == 404
    assert "there is no ticket 1" in answer.json()["error"]


def test_a_control_that_there_is_not_is_no_refused_call(
    serviceops: Sandbox, http: requests.Session
) -> None:
    assert http.get(serviceops.url + "/_sandbox/nothing", timeout=5).status_code == 404
    assert serviceops.refusals == ()
