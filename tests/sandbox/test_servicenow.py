"""The stand-in ServiceNow: what its Table API does, its hazards included."""

from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from bridge.sandbox.servicenow.tables import sys_id_of
from tests.sandbox.now import NEW, PATH, USER, call, change, file, numbers


def test_an_incident_is_filed_with_its_number_its_key_and_its_place(
    servicenow: Sandbox, http: requests.Session
) -> None:
    answer = call(servicenow, http, "POST", json=NEW)
    record = answer.json()["result"]
    assert answer.status_code == 201
    assert record["number"] == "INC0010001"
    assert answer.headers["Location"] == f"{servicenow.url}{PATH}/{record['sys_id']}"
    [ticket] = servicenow.tickets
    assert (ticket.subject, ticket.status, ticket.priority) == (
        "web-1 is down",
        "New",
        "2 - High",
    )
    assert (ticket.requester, ticket.workgroup) == ("Monitoring", "NOC")
    assert (ticket.notes, ticket.replies) == (("Filed by the bridge",), ())
    assert servicenow.refusals == ()


def test_a_record_is_shown_as_it_is_asked_for(servicenow: Sandbox, http: requests.Session) -> None:
    path = f"{PATH}/{file(servicenow, http)['sys_id']}"
    fields = {"sysparm_fields": "number,state,assignment_group,nonsense"}

    def shown(**args: str) -> Any:
        return call(servicenow, http, "GET", path, params={**fields, **args}).json()["result"]

    noc = sys_id_of("sys_user_group", "NOC")
    assert shown() == {"number": "INC0010001", "state": "1", "assignment_group": noc}
    assert shown(sysparm_display_value="true") == {
        "number": "INC0010001",
        "state": "New",
        "assignment_group": "NOC",
    }
    both = shown(sysparm_display_value="all")
    assert both["assignment_group"] == {"display_value": "NOC", "value": noc}
    assert len(call(servicenow, http, "GET", path).json()["result"]) > 20


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [("1", "1", "1"), ("1", "3", "3"), ("3", "1", "3"), ("2", "3", "4"), ("3", "3", "5")],
)
def test_a_priority_is_calculated(
    servicenow: Sandbox, http: requests.Session, impact: str, urgency: str, priority: str
) -> None:
    assert file(servicenow, http, impact=impact, urgency=urgency)["priority"] == priority


def test_a_patch_changes_what_it_names(servicenow: Sandbox, http: requests.Session) -> None:
    record = file(servicenow, http)
    answer = change(servicenow, http, record["sys_id"], urgency="3", work_notes="still down")
    changed = {key for key, value in answer.json()["result"].items() if value != record[key]}
    assert changed <= {"urgency", "priority", "sys_updated_on"}
    assert changed >= {"urgency", "priority"}
    [ticket] = servicenow.tickets
    assert (ticket.priority, ticket.notes) == (
        "4 - Low",
        ("Filed by the bridge", "still down"),
    )
    assert ticket.custom_fields["u_score"] == 7


def test_a_comment_is_seen_by_the_caller(servicenow: Sandbox, http: requests.Session) -> None:
    file(servicenow, http, comments="We are on it")
    [ticket] = servicenow.tickets
    assert ticket.replies == ("We are on it",)


def test_a_resolved_incident_may_be_opened_again(
    servicenow: Sandbox, http: requests.Session
) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    resolved = {"state": "6", "close_code": "Solution provided", "close_notes": "Rebooted"}
    assert change(servicenow, http, sys_id, **resolved).json()["result"]["state"] == "6"
    assert not servicenow.tickets[0].is_open
    assert change(servicenow, http, sys_id, state="2").json()["result"]["state"] == "2"
    assert servicenow.tickets[0].is_open


def test_a_column_that_the_table_lacks_is_dropped_and_nothing_said(
    servicenow: Sandbox, http: requests.Session
) -> None:
    assert "u_nonsense" not in file(servicenow, http, u_nonsense="x")
    assert servicenow.refusals == ()


def test_a_text_longer_than_its_column_is_cut_and_nothing_said(
    servicenow: Sandbox, http: requests.Session
) -> None:
    record = file(servicenow, http, short_description="s" * 500, correlation_id="c" * 500)
    assert (len(record["short_description"]), len(record["correlation_id"])) == (160, 100)


def test_a_file_is_kept_beside_others_of_its_name(
    servicenow: Sandbox, http: requests.Session
) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    params = {"table_name": "incident", "table_sys_id": sys_id, "file_name": "a.txt"}
    answers = [
        call(servicenow, http, "POST", "/api/now/attachment/file", params=params, data=content,
             headers={"Content-Type": "text/plain"})
        for content in (b"one", b"two", b"three")
    ]  # fmt: skip
    said = answers[0].json()["result"]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert (said["table_sys_id"], said["file_name"], said["size_bytes"]) == (sys_id, "a.txt", "3")
    assert said["content_type"] == "text/plain"
    assert answers[0].headers["Location"].endswith(f"/api/now/attachment/{said['sys_id']}")
    assert len({answer.json()["result"]["sys_id"] for answer in answers}) == 3
    assert list(servicenow.tickets[0].files.values()) == ["one", "two", "three"]


def test_people_see_the_files_of_a_ticket(servicenow: Sandbox, http: requests.Session) -> None:
    record = file(servicenow, http)
    page = f"{servicenow.url}/tickets/{record['number']}"
    assert "Files" not in http.get(page, timeout=5).text
    params = {
        "table_name": "incident", "table_sys_id": record["sys_id"], "file_name": "<b>.txt",
    }  # fmt: skip
    text = {"Content-Type": "text/plain"}
    call(servicenow, http, "POST", "/api/now/attachment/file", params=params, headers=text,
         data=b"<script>")  # fmt: skip
    shown = http.get(page, timeout=5).text
    assert "<h3>&lt;b&gt;.txt</h3>\n<pre>&lt;script&gt;</pre>" in shown


def test_an_incident_on_hold_says_why(servicenow: Sandbox, http: requests.Session) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    held = change(servicenow, http, sys_id, state="3", hold_reason="4").json()["result"]
    assert (held["state"], held["hold_reason"]) == ("3", "4")
    asked = {"state": "3", "hold_reason": "1", "comments": "Is it back?"}
    assert change(servicenow, http, sys_id, **asked).status_code == 200


def test_a_correlation_id_is_not_unique(servicenow: Sandbox, http: requests.Session) -> None:
    assert file(servicenow, http)["sys_id"] != file(servicenow, http)["sys_id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("correlation_id=tok-2", ["INC0010002"]),
        ("correlation_id=TOK-2", ["INC0010002"]),
        ("correlation_id=tok", []),
        ("correlation_idLIKEtok", ["INC0010001", "INC0010002"]),
        ("correlation_idSTARTSWITHtok-1", ["INC0010001"]),
        ("correlation_id!=tok-1", ["INC0010002"]),
        ("correlation_id=tok-1^active=true", ["INC0010001"]),
        ("short_description=a^^b", ["INC0010002"]),
        ("ORDERBYDESCnumber", ["INC0010002", "INC0010001"]),
        ("ORDERBYDESCpriority^ORDERBYnumber", ["INC0010001", "INC0010002"]),
    ],
)
def test_a_query_gives_what_it_means(
    servicenow: Sandbox, http: requests.Session, query: str, found: list[str]
) -> None:
    file(servicenow, http)
    file(servicenow, http, correlation_id="tok-2", short_description="a^b")
    assert numbers(servicenow, http, query) == found


@pytest.mark.parametrize(
    "query",
    ["correlation=tok-2", "nonsense", "correlation_id=javascript:gs.getUserID()", "", "^^"],
)
def test_a_condition_that_means_nothing_is_dropped_and_everything_comes_back(
    servicenow: Sandbox, http: requests.Session, query: str
) -> None:
    file(servicenow, http)
    file(servicenow, http, correlation_id="tok-2")
    assert numbers(servicenow, http, query) == ["INC0010001", "INC0010002"]
    assert servicenow.refusals == ()


def test_a_list_is_cut_at_its_limit_and_says_how_long_it_is(
    servicenow: Sandbox, http: requests.Session
) -> None:
    for _ in range(3):
        file(servicenow, http)
    answer = call(servicenow, http, "GET", params={"sysparm_limit": "2"})
    assert len(answer.json()["result"]) == 2
    assert answer.headers["X-Total-Count"] == "3"


def test_rights_filter_rows_after_they_were_counted(
    servicenow: Sandbox, http: requests.Session
) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    blind = ("blind", USER[1])
    answer = call(servicenow, http, "GET", auth=blind)
    assert (answer.status_code, answer.json()) == (200, {"result": []})
    assert answer.headers["X-Total-Count"] == "1"
    assert call(servicenow, http, "GET", f"{PATH}/{sys_id}", auth=blind).status_code == 404


def test_what_incidents_refer_to_can_be_looked_up(
    servicenow: Sandbox, http: requests.Session
) -> None:
    params = {"sysparm_query": "email=ann@example.com", "sysparm_fields": "sys_id,name"}
    answer = call(servicenow, http, "GET", "/api/now/table/sys_user", params=params)
    assert answer.json()["result"] == [
        {"sys_id": sys_id_of("sys_user", "Ann Lee"), "name": "Ann Lee"}
    ]


def test_what_a_person_does_is_shown(servicenow: Sandbox, http: requests.Session) -> None:
    record = file(servicenow, http)
    order = {"status": "On Hold", "assignee": "Somebody New", "urgency": "3 - Low"}
    url = f"{servicenow.url}/_sandbox/tickets/{record['number']}"
    assert http.post(url, json=order, timeout=5).status_code == 200
    seen = call(servicenow, http, "GET", f"{PATH}/{record['sys_id']}").json()["result"]
    assert (seen["state"], seen["urgency"], seen["priority"]) == ("3", "3", "4")
    assert seen["assigned_to"] == "Somebody New"


def test_tickets_outlive_the_desk(tmp_path: Path, http: requests.Session) -> None:
    kept = tmp_path / "servicenow.jsonl"
    desk = SANDBOXES["servicenow"](keep=kept)
    desk.start()
    file(desk, http)
    before = desk.tickets
    desk.stop()
    desk = SANDBOXES["servicenow"](keep=kept)
    desk.start()
    assert desk.tickets == before
    assert file(desk, http)["number"] == "INC0010002"
    desk.stop()
