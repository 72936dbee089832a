"""Summit's list of tickets: pages, filters and rows."""

from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import ask, incident_call, log_ticket, service_call, update_container

FILTER: dict[str, Any] = {
    "WorkgroupName": "",
    "CurrentPageIndex": 0,
    "PageSize": 100,
    "OrgID": "1",
    "Instance": "Info",
    "Status": "",
    "strUpdatedFromDate": "",
    "strUpdatedToDate": "",
    "IsWebServiceRequest": True,
    "CategoryName": "",
    "Categories": "",
}


def list_call(**changes: object) -> dict[str, Any]:
    wanted = {**FILTER, **changes}
    return service_call("IM_GetIncidentListwithDetails", objIncidentCommonFilter=wanted)


def numbers(desk: Sandbox, http: requests.Session, **changes: object) -> list[str]:
    rows = ask(desk, http, list_call(**changes))["OutputObject"]["MyTickets"]
    return [str(row["IncidentDetail"][0]["Incident_ID"]) for row in rows]


def test_a_row_has_the_ticket_and_its_attributes(summit: Sandbox, http: requests.Session) -> None:
    said = update_container(log_ticket(summit, http), "In-Progress")
    said["TicketInformation"] |= {"InternalLog": "tok-1", "UserLog": "dear caller"}
    ask(summit, http, incident_call(said))
    [row] = ask(summit, http, list_call())["OutputObject"]["MyTickets"]
    [ticket], [attribute] = row["IncidentDetail"], row["CustomAttribute"]
    assert ticket["Ticket_ID"] == summit.tickets[0].id
    assert (ticket["Status"], ticket["Symptom"]) == ("In-Progress", "web-1 is down")
    assert (ticket["Private_Log"], ticket["User_Log"]) == ("tok-1", "dear caller")
    assert (ticket["TotalRows"], ticket["Workgroup_Name"]) == (1, "Hardware")
    assert attribute["SR_CtAttribute_Name"] == "Event ID"
    assert attribute["AttributeText"] == "e-1"


def test_pages_count_from_zero_until_one_is_empty(summit: Sandbox, http: requests.Session) -> None:
    logged = [log_ticket(summit, http) for _ in range(3)]
    pages = [numbers(summit, http, CurrentPageIndex=page, PageSize=2) for page in range(3)]
    assert pages == [[logged[2], logged[1]], [logged[0]], []]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"Status": "New"}, [0]),
        ({"Status": "New,Closed"}, [1, 0]),
        ({"Status": "Open"}, [0]),
        ({"Status": "Pending"}, []),
        ({"WorkgroupName": "Hardware"}, [1, 0]),
        ({"WorkgroupName": "Network"}, []),
        ({"strUpdatedFromDate": "2001-01-01"}, [1, 0]),
        ({"strUpdatedFromDate": "9999-01-01"}, []),
        ({"strUpdatedToDate": "2001-01-01"}, []),
    ],
)
def test_a_filter_narrows_the_list(
    summit: Sandbox, http: requests.Session, changes: dict[str, str], found: list[int]
) -> None:
    logged = [log_ticket(summit, http), log_ticket(summit, http, "Closed")]
    assert numbers(summit, http, **changes) == [logged[index] for index in found]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"OrgID": 1}, "OrgID"),
        ({"Instance": ""}, "Instance"),
        ({"IsWebServiceRequest": False}, "IsWebServiceRequest"),
        ({"CurrentPageIndex": -1}, "CurrentPageIndex"),
        ({"CurrentPageIndex": "0"}, "CurrentPageIndex"),
        ({"PageSize": 0}, "PageSize"),
        ({"Status": "Canceled"}, "Status"),
        ({"strUpdatedFromDate": "24.11.2025"}, "strUpdatedFromDate"),
        ({"strUpdatedToDate": "2025-13-01"}, "strUpdatedToDate"),
        ({"strUpdatedToDate": "20251124"}, "strUpdatedToDate"),
    ],
)
def test_a_filter_that_clients_do_not_send_is_refused(
    summit: Sandbox, http: requests.Session, changes: dict[str, object], named: str
) -> None:
    answer = ask(summit, http, list_call(**changes))
    assert named in answer["Errors"]
    assert answer["OutputObject"] is None
    assert len(summit.refusals) == 1
