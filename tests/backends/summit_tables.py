"""The vendor's seven tables, and a ticket of which every field is known.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident. Its third tab,
in the place of In-Progress, repeats Pending: In-Progress is Pending without a reason.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pytest

from bridge.backends.summit.envelope import Envelope
from bridge.backends.summit.ticket import Details
from bridge.domain.json import JsonObject
from bridge.domain.spec import OWNED, CustomField, IncidentSpec, public_name
from tests.backends.summit_world import DEFAULTS, KEY, TOKEN, writer
from tests.sandbox.calls import SUMMIT_PATH

NUMBER: Final = "93491"
STATUSES: Final = ("New", "Assigned", "In-Progress", "Pending", "Resolved", "Closed", "Cancelled")

COMMON: Final = (
    "Updater IsFromWebService Sup_Function Caller_EmailID Status Medium Source Description PageName"
    " Information RequestType"
)
#: TRUE in the tables, beside what is TRUE in all of them.
MANDATORY: Final[Mapping[str, str]] = {
    "New": "Assigned_WorkGroup_Name",
    "Assigned": "Ticket_No Assigned_WorkGroup_Name",
    "In-Progress": "Ticket_No Assigned_Engineer_Email",
    "Pending": "Ticket_No PendingReason Assigned_Engineer_Email",
    "Resolved": "Ticket_No Assigned_Engineer_Email Closure_Code_Name ResolutionCodeName Solution",
    "Closed": "Ticket_No Assigned_Engineer_Email Closure_Code_Name",
    "Cancelled": "Ticket_No CancelRemarks",
}
EVERYWHERE: Final = (
    "CI_ID CI_Key CI_Value Priority_Name Classification_Name SLA_Name Urgency_Name Impact_Name"
    " Category_Name OpenCategory_Name Mail_CC_EmailID"
)
LOGS: Final = "InternalLog UserLog CustomFields"
#: FALSE in the tables, or only in the status' samples and in the note that ends the page.
OPTIONAL: Final[Mapping[str, str]] = {
    "New": (
        f"{LOGS} ScheduledDate CallerLocationName Assigned_Engineer_Email_Secondary"
        " PartnerIncidentDetail DiagnosticDtls"
    ),
    "Assigned": (
        f"{LOGS} Assigned_Engineer_Email ScheduledDate CallerLocationName PartnerIncidentDetail"
        " DiagnosticDtls OnChangeValidationFields"
    ),
    "In-Progress": f"{LOGS} Assigned_WorkGroup_Name",
    "Pending": (
        f"{LOGS} Assigned_WorkGroup_Name ScheduledDate CallerLocationName PartnerIncidentDetail"
        " DiagnosticDtls OnChangeValidationFields"
    ),
    "Resolved": f"{LOGS} Assigned_WorkGroup_Name",
    "Closed": f"{LOGS} Assigned_WorkGroup_Name",
    "Cancelled": f"{LOGS} Assigned_WorkGroup_Name Assigned_Engineer_Email",
}

RAW: Final[JsonObject] = {
    "Ticket": {"ScheduledDate": "2026-01-08"},
    "TicketInformation": {"UserLog": "We are on it."},
    "PartnerIncidentDetail": {"Partner_Name": "Acme", "Priority": "P1"},
    "DiagnosticDtls": [{"Activity": "ping", "Result": "no answer"}],
}
FULL: Final = IncidentSpec(
    subject="Disk full",
    description="92 %",
    priority="critical",
    impact="high",
    urgency="medium",
    category="IT/Storage",
    classification="Fault / Disk",
    sla="24/7",
    ci_id="4711",
    ci_key="Host Name",
    ci_value="db1",
    custom_fields={"Event ID": CustomField(value=17)},
    requester="bob@example.com",
    cc=("eve@example.com", "dan@example.com"),
    location="Oslo",
    workgroup="Storage",
    engineer="ann@example.com",
    solution="Deleted logs",
    raw={"summit": RAW},
)
#: What each field says for that spec and that desk, if it is the same in every status.
SAID: Final[Mapping[str, object]] = {
    "CI_ID": "4711",
    "CI_Key": "Host Name",
    "CI_Value": "db1",
    "Ticket_No": NUMBER,
    "IsFromWebService": True,
    "Priority_Name": "P1",
    "Classification_Name": "Fault / Disk",
    "SLA_Name": "24/7",
    "Sup_Function": "IT",
    "Caller_EmailID": "bob@example.com",
    "Urgency_Name": "Medium",
    "Assigned_WorkGroup_Name": "Storage",
    "Assigned_Engineer_Email": "ann@example.com",
    "Assigned_Engineer_Email_Secondary": "second@example.com",
    "PendingReason": "Waiting for the alert",
    "Closure_Code_Name": "Successful",
    "ResolutionCodeName": "Success",
    "CancelRemarks": "Cleared at once",
    "Medium": "Web",
    "Impact_Name": "High",
    "Category_Name": "IT / Storage",
    "OpenCategory_Name": "IT / Storage",
    "Source": "Monitoring",
    "Mail_CC_EmailID": "eve@example.com;dan@example.com",
    "UserLog": "We are on it.",
    "Solution": "Deleted logs",
    "CustomFields": [{"GroupName": "Monitor Tool", "Name": "Event ID", "Value": "17"}],
    "RequestType": "RemoteCall",
    "ScheduledDate": "2026-01-08",
    "CallerLocationName": "Oslo",
    "PartnerIncidentDetail": RAW["PartnerIncidentDetail"],
    "DiagnosticDtls": RAW["DiagnosticDtls"],
    "OnChangeValidationFields": {
        "WorkgroupChangeReason": "noted",
        "UrgencyChangeReason": "noted",
        "ImpactChangeReason": "noted",
        "PriorityChangeReason": "noted",
    },
}
#: And what follows from who writes: Description of an analyst is the symptom.
BY_UPDATER: Final[Mapping[str, Mapping[str, str]]] = {
    "Executive": {
        "PageName": "TicketDetail",
        "Description": "Disk full",
        "Information": "92 %",
    },
    "Caller": {
        "PageName": "LogTicket",
        "Description": "92 %",
        "Information": "Disk full",
    },
}
_IN_CONTAINER: Final = {
    "Updater", "CI_ID", "CI_Key", "CI_Value", "CustomFields", "PartnerIncidentDetail",
    "DiagnosticDtls", "OnChangeValidationFields",
}  # fmt: skip
_IN_INFORMATION: Final = {"Information", "InternalLog", "UserLog", "Solution"}
#: Every field of the document, for the page on this desk.
FIELDS: Final = frozenset(
    " ".join([COMMON, EVERYWHERE, *MANDATORY.values(), *OPTIONAL.values()]).split()
)
DESK: Final[Mapping[str, object]] = {
    "custom_field_group": "Monitor Tool",
    "defaults": {
        **DEFAULTS,
        "pending_reason": "Waiting for the alert",
        "cancel_remarks": "Cleared at once",
        "secondary_engineer": "second@example.com",
        "change_reason": "Seen by monitoring",
    },
}


@dataclass(frozen=True)
class Form:
    """One way to send a container."""

    container: str
    updater: str = "Executive"


FORMS: Final = (
    Form("object"),
    Form("string"),
    Form("object", updater="Caller"),
    Form("string", updater="Caller"),
)
EACH: Final = pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.container}-{f.updater}")


def mandatory_in(status: str) -> list[str]:
    return f"{COMMON} {MANDATORY[status]}".split()


def written(status: str, form: Form, spec: IncidentSpec = FULL) -> JsonObject:
    """Write everything there is to say of a ticket in that status, of which nothing is known."""
    desk = writer(container=form.container, updater=form.updater, **DESK)
    if status == "New":
        return desk.create(spec, TOKEN, "noted")
    now = Details(number=NUMBER, status=status)
    return desk.update(spec, [public_name(name) for name in OWNED], now, {}, "noted")


def stepped(status: str, form: Form) -> JsonObject:
    """Bring a ticket into that status, from one where nobody has worked on it."""
    now = Details(number=NUMBER, status="Assigned" if status == "In-Progress" else "New")
    desk = writer(container=form.container, updater=form.updater, **DESK)
    return desk.step(IncidentSpec(subject="Disk full"), now, {}, status, "noted")


def call_of(container: JsonObject, form: Form) -> dict[str, Any]:
    """Give the body of the request."""
    envelope = Envelope(
        path=SUMMIT_PATH, auth={"api_key": KEY}, org_id=1, as_string=form.container == "string"
    )
    call = envelope.file("update", container, repeatable=True)
    body: dict[str, Any] = orjson.loads(orjson.dumps(call.json))
    return body


class Wire:
    """A request, of which the fields can be read and taken out."""

    def __init__(self, call: Mapping[str, Any], form: Form) -> None:
        self.call = deepcopy(dict(call))
        self.form = form
        self.common: dict[str, Any] = self.call["objCommonParameters"]
        params = self.common["incidentParamsJSON"]
        self.container: dict[str, Any] = (
            json.loads(params["IncidentContainerJson"])
            if form.container == "string"
            else params["IncidentContainerJsonObj"]
        )

    def holder(self, field: str) -> dict[str, Any]:
        """Give the object that the field belongs into."""
        if field == "RequestType":
            return self.common
        if field in _IN_CONTAINER:
            return self.container
        in_information = field in _IN_INFORMATION or (
            field == "CancelRemarks" and self.form.container == "object"
        )
        holder: dict[str, Any] = self.container["TicketInformation" if in_information else "Ticket"]
        return holder

    def said(self, field: str) -> object:
        """Give what stands in the field's own place."""
        return self.holder(field).get(field)

    def without(self, field: str, left: object = None) -> bytes:
        """Give the request with that field missing, or with something `left` in its place."""
        self.common["incidentParamsJSON"].pop("RequestType", None)
        if left is None:
            del self.holder(field)[field]
        else:
            self.holder(field)[field] = left
        if self.form.container == "string":
            text = json.dumps(self.container)
            self.common["incidentParamsJSON"]["IncidentContainerJson"] = text
        return orjson.dumps(self.call)


def expected(status: str, field: str, form: Form) -> object:
    match field:
        case "Updater":
            return form.updater
        case "Status":
            return status
        case "InternalLog":
            return f"noted\n\n[{TOKEN}]" if status == "New" else "noted"
        case _:
            return {**SAID, **BY_UPDATER[form.updater]}[field]
