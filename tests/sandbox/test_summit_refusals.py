"""What Summit refuses, with HTTP 200 and the field's name in Errors."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import (
    SUMMIT_PATH,
    ask,
    incident_call,
    log_ticket,
    new_container,
    service_call,
    text_call,
    update_container,
)

_ABSENT = object()
_TICKET = "Sup_Function Caller_EmailID Medium Source Description PageName IsFromWebService Status"
_UPDATE = "Ticket_No Assigned_Engineer_Email"
#: Where each status' mandatory fields are, from the vendor's tables.
MANDATORY = {
    "New": f"{_TICKET} Assigned_WorkGroup_Name",
    "Assigned": f"{_TICKET} Ticket_No Assigned_WorkGroup_Name",
    "In-Progress": f"{_TICKET} {_UPDATE}",
    "Pending": f"{_TICKET} {_UPDATE} PendingReason",
    "Resolved": f"{_TICKET} {_UPDATE} Closure_Code_Name ResolutionCodeName",
    "Closed": f"{_TICKET} {_UPDATE} Closure_Code_Name",
    "Cancelled": f"{_TICKET} Ticket_No",
}


def refused(desk: Sandbox, http: requests.Session, call: object, named: str) -> None:
    before = desk.tickets
    answer = ask(desk, http, call)
    assert named in answer["Errors"]
    assert answer["Message"] == ""
    assert len(desk.refusals) == 1
    assert named in desk.refusals[0]
    assert desk.tickets == before


def put(said: dict[str, Any], path: str, value: object) -> None:
    *outer, name = path.split(".")
    for key in outer:
        said = said[key]
    if value is _ABSENT:
        del said[name]
    else:
        said[name] = value


@pytest.mark.parametrize(
    ("status", "field"), [(s, field) for s, fields in MANDATORY.items() for field in fields.split()]
)
def test_a_ticket_without_a_mandatory_field_is_refused(
    summit: Sandbox, http: requests.Session, status: str, field: str
) -> None:
    number = log_ticket(summit, http, "In-Progress")
    said = new_container() if status == "New" else update_container(number, status)
    del said["Ticket"][field]
    refused(summit, http, incident_call(said), field)


@pytest.mark.parametrize(
    ("status", "path"),
    [(status, "Updater") for status in MANDATORY]
    + [(status, "TicketInformation.Information") for status in MANDATORY]
    + [("Resolved", "TicketInformation.Solution"), ("Cancelled", "TicketInformation.CancelRemarks")]
    + [("New", "Ticket"), ("New", "TicketInformation")],
)
def test_a_container_without_a_mandatory_field_is_refused(
    summit: Sandbox, http: requests.Session, status: str, path: str
) -> None:
    number = log_ticket(summit, http, "In-Progress")
    said = new_container() if status == "New" else update_container(number, status)
    put(said, path, _ABSENT)
    refused(summit, http, incident_call(said), path.rpartition(".")[2])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Updater", "Analyst"),
        ("CI_Key", "hostname"),
        ("CI_ID", 7),
        ("Ticket.Ticket_No", "93491"),
        ("Ticket.Source", ""),
        ("Ticket.Status", "Open"),
        ("Ticket.PageName", "LogTicket"),
        ("Ticket.IsFromWebService", "true"),
        ("Ticket.Medium", 1),
        ("Ticket.SLA_Name", 1),
        ("Ticket.Priority_Name", "Critical"),
        ("Ticket.Impact_Name", "P1"),
        ("Ticket.Urgency_Name", "Urgent"),
        ("Ticket.Caller_EmailID", "noc"),
        ("Ticket.Caller_EmailID", "noc@acme.com,ops@acme.com"),
        ("Ticket.Mail_CC_EmailID", "a@acme.com,b@acme.com"),
        ("Ticket.Mail_CC_EmailID", "a@acme.com;b"),
        ("Ticket.Assigned_Engineer_Email", "eve"),
        ("Ticket.Assigned_Engineer_Email_Secondary", "eve"),
        ("Ticket.Category_Name", "IT/Server"),
        ("Ticket.Category_Name", "IT /Server"),
        ("Ticket.OpenCategory_Name", "IT/ Server"),
        ("Ticket.Classification_Name", "Fault/Disk"),
        ("Ticket.ScheduledDate", "08.01.2026"),
        ("Ticket.ScheduledDate", "20260108"),
        ("Ticket.CallerLocationName", 1),
        ("Ticket.Description", "x" * 501),
        ("TicketInformation.InternalLog", None),
        ("CustomFields", {}),
        ("CustomFields", ["Event ID"]),
        ("CustomFields", [{"GroupName": "Monitor Tool", "Name": "Event ID"}]),
        ("CustomFields", [{"GroupName": "g", "Name": "n", "Value": 1}]),
        ("PartnerIncidentDetail", "Acme"),
        ("PartnerIncidentDetail", ["Acme"]),
        ("PartnerIncidentDetail", {"Partner_Name": 1}),
        ("DiagnosticDtls", {"Activity": "ping", "Result": "none"}),
        ("DiagnosticDtls", [{"Activity": "ping"}]),
        ("OnChangeValidationFields", []),
        ("OnChangeValidationFields", {"StatusChangeReason": "because"}),
        ("OnChangeValidationFields", {"PriorityChangeReason": 1}),
    ],
)
def test_a_wrong_value_is_refused(
    summit: Sandbox, http: requests.Session, path: str, value: object
) -> None:
    said = new_container()
    put(said, path, value)
    name = {"CI_Key": "CI_Value", "CustomFields": ""}.get(path, path.rpartition(".")[2])
    refused(summit, http, incident_call(said), name)


def test_an_unknown_kind_of_ci_is_refused(summit: Sandbox, http: requests.Session) -> None:
    said = new_container() | {"CI_Key": "asset tag", "CI_Value": "4711"}
    refused(summit, http, incident_call(said), "CI_Key")


def test_a_subject_of_500_characters_is_short_enough(
    summit: Sandbox, http: requests.Session
) -> None:
    said = new_container()
    said["Ticket"]["Description"] = "x" * 500
    assert ask(summit, http, incident_call(said))["Errors"] == ""


@pytest.mark.parametrize("status", [status for status in MANDATORY if status != "Resolved"])
@pytest.mark.parametrize(
    ("linked", "needed"),
    [({"CI_Key": "hostname", "CI_Value": "web-1"}, "CI_Key"), ({"CI_ID": "7"}, "CI_ID")],
)
def test_an_update_that_forgets_the_linked_ci_is_refused(
    summit: Sandbox, http: requests.Session, linked: dict[str, str], needed: str, status: str
) -> None:
    number = ask(summit, http, incident_call(new_container() | linked))["TicketNo"]
    refused(summit, http, incident_call(update_container(str(number), status)), needed)


def test_a_resolution_that_forgets_the_linked_ci_is_refused(
    summit: Sandbox, http: requests.Session
) -> None:
    linked = {"CI_ID": "7"}
    number = str(ask(summit, http, incident_call(new_container() | linked))["TicketNo"])
    ask(summit, http, incident_call(update_container(number, "In-Progress") | linked))
    refused(summit, http, incident_call(update_container(number, "Resolved")), "CI_ID")


def test_a_callers_page_is_not_an_analysts(summit: Sandbox, http: requests.Session) -> None:
    said = new_container() | {"Updater": "Caller"}
    refused(summit, http, incident_call(said), "PageName")


@pytest.mark.parametrize("before", ["New", "Assigned", "Closed", "Cancelled"])
def test_a_resolution_out_of_turn_is_refused(
    summit: Sandbox, http: requests.Session, before: str
) -> None:
    number = log_ticket(summit, http, before)
    refused(summit, http, incident_call(update_container(number, "Resolved")), "Status Resolved")


def test_the_internal_id_is_no_ticket_number(summit: Sandbox, http: requests.Session) -> None:
    log_ticket(summit, http)
    said = update_container(summit.tickets[0].id, "Assigned")
    refused(summit, http, incident_call(said), "Ticket_No")


@pytest.mark.parametrize("number", [1, "93491", None])
def test_details_of_no_ticket_are_refused(
    summit: Sandbox, http: requests.Session, number: object
) -> None:
    call = service_call("IM_GetIncidentDetailsAndChangeHistory", TicketNo=number)
    refused(summit, http, call, "TicketNo")


@pytest.mark.parametrize(
    "service", ["IM_GetIncidentDetailsAndChangeHistory", "IM_GetIncidentListwithDetails"]
)
def test_a_reading_call_with_another_request_type_is_refused(
    summit: Sandbox, http: requests.Session, service: str
) -> None:
    refused(summit, http, service_call(service, RequestType="LocalCall"), "RequestType")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("APIKey", "wrong", "Invalid API Key"),
        ("AuthType", "Basic", "AuthType"),
        ("AuthType", _ABSENT, "AuthType"),
        ("ProxyID", 1, "ProxyID"),
        ("ProxyID", False, "ProxyID"),
        ("ReturnType", "XML", "ReturnType"),
        ("OrgID", _ABSENT, "OrgID"),
        ("TokenID", None, "TokenID"),
    ],
)
def test_a_call_by_nobody_who_is_known_is_refused(
    summit: Sandbox, http: requests.Session, name: str, value: object, said: str
) -> None:
    call = incident_call(new_container())
    put(call, f"objCommonParameters._ProxyDetails.{name}", value)
    refused(summit, http, call, said)


def test_a_wrong_password_is_refused(summit: Sandbox, http: requests.Session) -> None:
    call = incident_call(new_container())
    proxy = {"UserName": "bridge", "Password": "guess", "ProxyID": 0, "ReturnType": "JSON"}
    call["objCommonParameters"]["_ProxyDetails"] = proxy
    refused(summit, http, call, "Invalid UserName or Password")


@pytest.mark.parametrize("value", ["Remote", _ABSENT])
@pytest.mark.parametrize("make", [incident_call, text_call])
def test_a_wrong_request_type_is_refused(
    summit: Sandbox,
    http: requests.Session,
    make: Callable[[dict[str, Any]], dict[str, Any]],
    value: object,
) -> None:
    call = make(new_container())
    put(call, "objCommonParameters.RequestType", value)
    refused(summit, http, call, "RequestType")


@pytest.mark.parametrize("make", [incident_call, text_call])
def test_a_request_type_inside_is_refused_with_a_new_ticket(
    summit: Sandbox, http: requests.Session, make: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    call = make(new_container())
    parameters = call["objCommonParameters"]
    parameters["incidentParamsJSON"]["RequestType"] = parameters.pop("RequestType")
    refused(summit, http, call, "RequestType")


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({}, "IncidentContainerJsonObj"),
        ({"IncidentContainerJson": "{"}, "not JSON"),
        ({"IncidentContainerJson": "[]"}, "not an object"),
        ({"IncidentContainerJson": {}}, "not a STRING"),
        ({"IncidentContainerJson": "{}", "IncidentContainerJsonObj": {}}, "exclude each other"),
    ],
)
def test_a_call_without_one_good_container_is_refused(
    summit: Sandbox, http: requests.Session, params: dict[str, object], named: str
) -> None:
    call = service_call("IM_LogOrUpdateIncident", incidentParamsJSON=params)
    refused(summit, http, call, named)


@pytest.mark.parametrize(("body", "named"), [(b"{", "not JSON"), (b"[]", "not a JSON object")])
def test_a_body_that_is_no_call_is_refused(
    summit: Sandbox, http: requests.Session, body: bytes, named: str
) -> None:
    answer = http.post(summit.url + SUMMIT_PATH, data=body, timeout=5)
    assert named in answer.json()["Errors"]


def test_a_new_ticket_can_be_updated_and_stays_new(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http)
    assert ask(summit, http, incident_call(update_container(number, "New")))["Errors"] == ""
    assert [ticket.status for ticket in summit.tickets] == ["New"]


def test_no_ticket_becomes_new_again(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http, "Assigned")
    refused(summit, http, incident_call(update_container(number, "New")), "Ticket_No")
