"""Summit's services, done as its documents say."""

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import (
    PROXY,
    SUMMIT_PATH,
    ask,
    incident_call,
    log_ticket,
    new_container,
    service_call,
    text_call,
    update_container,
)


def test_a_new_ticket_is_kept_and_answered_in_the_vendors_envelope(
    summit: Sandbox, http: requests.Session
) -> None:
    answer = ask(summit, http, incident_call(new_container()))
    [ticket] = summit.tickets
    assert answer["Errors"] == ""
    assert answer["Message"] == "New ticket has been logged successfully"
    assert answer["Priority"] == "P2"
    assert (answer["TicketNo"], answer["TicketID_Internal"]) == (int(ticket.number), int(ticket.id))
    assert ticket.number != ticket.id
    assert (ticket.status, ticket.is_open) == ("New", True)
    assert (ticket.subject, ticket.description) == ("web-1 is down", "No ping for 5m")
    assert (ticket.priority, ticket.impact, ticket.urgency) == ("P2", "Low", "High")
    assert (ticket.workgroup, ticket.requester) == ("Hardware", "noc@acme.com")
    assert ticket.cc == ("a@acme.com", "b@acme.com")
    assert ticket.custom_fields == {"Event ID": "e-1"}
    assert summit.refusals == ()


@pytest.mark.parametrize("prefix", ["", "/API", "/api_integration/v2"])
@pytest.mark.parametrize("method", ["", "_JSON", "_json"])
def test_the_endpoint_is_below_any_prefix(
    summit: Sandbox, http: requests.Session, prefix: str, method: str
) -> None:
    answer = ask(summit, http, incident_call(new_container()), prefix + SUMMIT_PATH + method)
    assert answer["TicketNo"] > 0


def test_a_container_may_be_json_in_a_text(summit: Sandbox, http: requests.Session) -> None:
    assert ask(summit, http, text_call(new_container()))["Errors"] == ""
    assert summit.tickets[0].subject == "web-1 is down"


def test_an_update_as_text_may_have_its_request_type_inside(
    summit: Sandbox, http: requests.Session
) -> None:
    call = text_call(update_container(log_ticket(summit, http), "Assigned"))
    parameters = call["objCommonParameters"]
    parameters["incidentParamsJSON"]["RequestType"] = parameters.pop("RequestType")
    assert ask(summit, http, call)["Errors"] == ""
    assert summit.tickets[0].status == "Assigned"


def test_a_cancellation_as_text_has_its_remarks_in_the_ticket(
    summit: Sandbox, http: requests.Session
) -> None:
    said = update_container(log_ticket(summit, http), "Cancelled")
    said["Ticket"]["CancelRemarks"] = said["TicketInformation"].pop("CancelRemarks")
    assert ask(summit, http, text_call(said))["Errors"] == ""
    assert (summit.tickets[0].status, summit.tickets[0].reason) == ("Cancelled", "Not ours")


@pytest.mark.parametrize("kind", ["APIKEY", "APIKey"])
def test_the_kind_of_key_is_written_either_way(
    summit: Sandbox, http: requests.Session, kind: str
) -> None:
    call = incident_call(new_container())
    call["objCommonParameters"]["_ProxyDetails"]["AuthType"] = kind
    assert ask(summit, http, call)["Errors"] == ""


def test_a_user_with_a_password_may_call(summit: Sandbox, http: requests.Session) -> None:
    call = incident_call(new_container())
    call["objCommonParameters"]["_ProxyDetails"] = {
        "UserName": "bridge",
        "Password": "sandbox-password",
        "ProxyID": 0,
        "ReturnType": "JSON",
    }
    assert ask(summit, http, call)["Errors"] == ""


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("Assigned", True),
        ("In-Progress", True),
        ("Pending", True),
        ("Closed", False),
        ("Cancelled", False),
    ],
)
def test_an_update_moves_a_ticket_into_a_status(
    summit: Sandbox, http: requests.Session, status: str, *, is_open: bool
) -> None:
    number = log_ticket(summit, http)
    answer = ask(summit, http, incident_call(update_container(number, status)))
    [ticket] = summit.tickets
    assert answer["Message"] == "Ticket details are updated successfully"
    assert answer["TicketNo"] == int(number)
    assert (ticket.status, ticket.is_open) == (status, is_open)
    assert [step.status for step in ticket.history] == ["New", status]
    assert ticket.assignee == "eve@acme.com"


@pytest.mark.parametrize("before", ["In-Progress", "Pending"])
def test_work_in_progress_can_be_resolved_and_then_updated(
    summit: Sandbox, http: requests.Session, before: str
) -> None:
    number = log_ticket(summit, http, before)
    for _ in range(2):
        answer = ask(summit, http, incident_call(update_container(number, "Resolved")))
        assert answer["Errors"] == ""
    [ticket] = summit.tickets
    assert (ticket.status, ticket.is_open, ticket.solution) == ("Resolved", False, "Restarted")
    assert [step.status for step in ticket.history] == ["New", before, "Resolved"]


def test_a_step_backwards_is_obeyed_silently(summit: Sandbox, http: requests.Session) -> None:
    number = log_ticket(summit, http, "In-Progress")
    answer = ask(summit, http, incident_call(update_container(number, "Assigned")))
    assert answer["Errors"] == ""
    assert summit.tickets[0].status == "Assigned"
    assert summit.refusals == ()


def test_logs_become_notes_and_custom_fields_add_up(
    summit: Sandbox, http: requests.Session
) -> None:
    said = update_container(log_ticket(summit, http), "Assigned")
    said["TicketInformation"] |= {"InternalLog": "among us", "UserLog": "for the caller"}
    said["CustomFields"] = [{"GroupName": "Monitor Tool", "Name": "Host", "Value": "web-1"}]
    said["Ticket"]["Priority_Name"] = ""
    ask(summit, http, incident_call(said))
    [ticket] = summit.tickets
    assert ticket.notes == ("among us", "for the caller")
    assert ticket.replies == ("for the caller",)
    assert ticket.custom_fields == {"Event ID": "e-1", "Host": "web-1"}
    assert ticket.priority == "P2"


def test_a_callers_information_is_the_symptom(summit: Sandbox, http: requests.Session) -> None:
    said = new_container()
    said["Updater"], said["Ticket"]["PageName"] = "Caller", "LogTicket"
    del said["Ticket"]["Assigned_WorkGroup_Name"]
    assert ask(summit, http, incident_call(said))["Errors"] == ""
    assert summit.tickets[0].subject == "No ping for 5m"
    assert summit.tickets[0].description == "web-1 is down"


def test_a_linked_ci_that_is_repeated_is_kept(summit: Sandbox, http: requests.Session) -> None:
    ci = {"CI_Key": "hostname", "CI_Value": "web-1"}
    number = ask(summit, http, incident_call(new_container() | ci))["TicketNo"]
    answer = ask(summit, http, incident_call(update_container(str(number), "Assigned") | ci))
    assert answer["Errors"] == ""
    assert (summit.tickets[0].ci_key, summit.tickets[0].ci_value) == ("hostname", "web-1")


def test_the_details_of_a_ticket_have_its_history_and_attributes(
    summit: Sandbox, http: requests.Session
) -> None:
    number = log_ticket(summit, http, "Pending")
    call = service_call(
        "IM_GetIncidentDetailsAndChangeHistory", TicketNo=int(number), RequestType="RemoteCall"
    )
    details = ask(summit, http, call)["OutputObject"]["IncidentDetails"]
    [ticket] = details["TicketDetails"]
    assert (ticket["Ticket_No"], ticket["Ticket_ID"]) == (number, int(summit.tickets[0].id))
    assert (ticket["Status"], ticket["Subject"]) == ("Pending", "web-1 is down")
    assert ticket["CC_Email"] == "a@acme.com;b@acme.com"
    changes = [(change["OldValue"], change["new_Value"]) for change in details["ChangeHistory"]]
    assert changes == [(None, "New"), ("New", "Pending")]
    [attribute] = details["CustomAttributes"]
    assert (attribute["Group_Name"], attribute["AttributeText"]) == ("Monitor Tool", "e-1")


def test_what_a_record_has_no_field_for_is_kept_under_the_vendors_names(
    summit: Sandbox, http: requests.Session
) -> None:
    said = new_container() | {"DiagnosticDtls": [{"Activity": "ping", "Result": "none"}]}
    said["Ticket"] |= {"ScheduledDate": "2026-01-08", "CallerLocationName": "Oslo"}
    said["PartnerIncidentDetail"] = [{"Partner_Name": "Acme"}]
    number = str(ask(summit, http, incident_call(said))["TicketNo"])
    ask(summit, http, incident_call(update_container(number, "Closed")))
    [ticket] = summit.tickets
    assert ticket.location == "Oslo"
    assert ticket.more == {
        "Medium": "Application",
        "Source": "Monitoring",
        "ScheduledDate": "2026-01-08",
        "Closure_Code_Name": "Successful",
        "PartnerIncidentDetail": [{"Partner_Name": "Acme"}],
        "DiagnosticDtls": [{"Activity": "ping", "Result": "none"}],
    }


@pytest.mark.parametrize("path", ["Network / TCP/IP", "IT", "IT / Adobe / Acrobat Pro DC"])
def test_a_full_path_has_spaces_between_its_nodes(
    summit: Sandbox, http: requests.Session, path: str
) -> None:
    said = new_container()
    said["Ticket"] |= {"Category_Name": path, "OpenCategory_Name": path}
    assert ask(summit, http, incident_call(said))["Errors"] == ""
    assert summit.tickets[0].category == path


def test_an_unknown_service_is_answered_with_nothing(
    summit: Sandbox, http: requests.Session
) -> None:
    response = http.post(summit.url + SUMMIT_PATH, json=service_call("CM_LogOrUpdateCR"), timeout=5)
    assert (response.status_code, response.content) == (200, b"")
    assert summit.refusals == ("CM_LogOrUpdateCR: ServiceName is unknown, or not open to this key",)


def test_calls_are_counted_by_service(summit: Sandbox, http: requests.Session) -> None:
    log_ticket(summit, http, "Assigned")
    http.post(summit.url + SUMMIT_PATH, data=b"{", timeout=5)
    counts = http.get(summit.url + "/_sandbox/calls", timeout=5).json()["counts"]
    assert counts == {"IM_LogOrUpdateIncident": 2, "no such call": 1}


def test_the_key_is_in_no_refusal(summit: Sandbox, http: requests.Session) -> None:
    call = incident_call(new_container())
    call["objCommonParameters"]["_ProxyDetails"] = {**PROXY, "OrgID": 1, "APIKey": "hush"}
    assert ask(summit, http, call)["Errors"] == "Invalid API Key"
    assert summit.refusals == ("IM_LogOrUpdateIncident: Invalid API Key",)
