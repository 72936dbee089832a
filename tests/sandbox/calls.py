"""Calls that both vendors' rules allow, to be spoilt by a test."""

import json
from copy import deepcopy
from typing import Any

import requests

from bridge.sandbox import Sandbox

SUMMIT_PATH = "/REST/Summit_RESTWCF.svc/RESTService/CommonWS_JsonObjCall"
PROXY = {"AuthType": "APIKEY", "APIKey": "sandbox-key", "ProxyID": 0, "ReturnType": "JSON"}
KEY = {"Authorization": "Apikey sandbox-key"}

_NEW: dict[str, Any] = {
    "Updater": "Executive",
    "CI_ID": "",
    "CI_Key": "",
    "CI_Value": "",
    "Ticket": {
        "IsFromWebService": True,
        "Priority_Name": "P2",
        "Classification_Name": "",
        "Sup_Function": "Info",
        "Caller_EmailID": "noc@acme.com",
        "Status": "New",
        "Urgency_Name": "High",
        "Assigned_WorkGroup_Name": "Hardware",
        "Medium": "Application",
        "Impact_Name": "Low",
        "Category_Name": "IT / Server",
        "Source": "Monitoring",
        "Description": "web-1 is down",
        "PageName": "TicketDetail",
        "Mail_CC_EmailID": "a@acme.com;b@acme.com",
    },
    "TicketInformation": {"Information": "No ping for 5m", "InternalLog": "", "UserLog": ""},
    "CustomFields": [{"GroupName": "Monitor Tool", "Name": "Event ID", "Value": "e-1"}],
}
#: What each status needs more than New does.
_EXTRA: dict[str, dict[str, str]] = {
    "New": {},
    "Assigned": {},
    "In-Progress": {},
    "Pending": {"PendingReason": "Waiting for parts"},
    "Resolved": {"Closure_Code_Name": "Successful", "ResolutionCodeName": "Success"},
    "Closed": {"Closure_Code_Name": "Successful"},
    "Cancelled": {},
}


def new_container() -> dict[str, Any]:
    return deepcopy(_NEW)


def update_container(number: str, status: str) -> dict[str, Any]:
    said = new_container()
    said["Ticket"] |= {
        "Ticket_No": number,
        "Status": status,
        "Assigned_Engineer_Email": "eve@acme.com",
        **_EXTRA[status],
    }
    said["TicketInformation"] |= {
        "Resolved": {"Solution": "Restarted"},
        "Cancelled": {"CancelRemarks": "Not ours"},
    }.get(status, {})
    return said


def incident_call(container: dict[str, Any]) -> dict[str, Any]:
    return service_call(
        "IM_LogOrUpdateIncident",
        incidentParamsJSON={"IncidentContainerJsonObj": container},
        RequestType="RemoteCall",
    )


def text_call(container: dict[str, Any]) -> dict[str, Any]:
    return service_call(
        "IM_LogOrUpdateIncident",
        incidentParamsJSON={"IncidentContainerJson": json.dumps(container)},
        RequestType="RemoteCall",
    )


def service_call(service: str, **parameters: Any) -> dict[str, Any]:
    proxy = {**PROXY, "OrgID": 1, "TokenID": ""}
    return {
        "ServiceName": service,
        "objCommonParameters": {"_ProxyDetails": proxy, **parameters},
    }


def upload_call(ticket_id: int) -> dict[str, Any]:
    return service_call(
        "Summit_UploadAttachment",
        eModule="IM",
        TicketID=ticket_id,
        FileByte=list("größer\n".encode()),
        AttachmentFileName="disk.txt",
    )


def ask(desk: Sandbox, http: requests.Session, call: object, path: str = SUMMIT_PATH) -> Any:
    """Call Summit; whatever it thinks of the call, it says 200."""
    response = http.post(desk.url + path, json=call, timeout=5)
    assert response.status_code == 200, response.text
    return response.json()


def log_ticket(desk: Sandbox, http: requests.Session, status: str = "New") -> str:
    """Log a ticket and bring it into a status; give its number."""
    number = str(ask(desk, http, incident_call(new_container()))["TicketNo"])
    if status != "New":
        answer = ask(desk, http, incident_call(update_container(number, status)))
        assert answer["Errors"] == ""
    return number


def gen1_incident(**more: object) -> dict[str, Any]:
    said = {
        "subject": "web-1 is down",
        "categoryName": "Incident",
        "requesterEmail": "noc@acme.com",
        "impact": "ONUSER",
        "priority": "URGENT",
        "urgency": "HIGH",
        "description": "No ping for 5m",
        "tags": ["tok-1"],
        "ccEmailSet": ["a@acme.com"],
        "locationName": "Head Office",
        "customFieldValueDetails": {"101": {"type": 1, "stringValue": "e-1"}},
    }
    return {**said, **more}


def gen2_request(**more: object) -> dict[str, Any]:
    said = {
        "subject": "web-1 is down",
        "requesterEmail": "noc@acme.com",
        "impactName": "On User",
        "priorityName": "Urgent",
        "urgencyName": "High",
        "description": "No ping for 5m",
        "tags": ["tok-1"],
        "customField": {"Event ID": "e-1", "Score": 7},
    }
    return {**said, **more}
