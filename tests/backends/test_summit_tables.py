"""The vendor's seven tables, field by field: what the bridge writes, and what the stand-in wants.

https://help.symphonysummitai.com/summit-platform/docs/create-or-update-an-incident. Its third tab,
in the place of In-Progress, repeats Pending: In-Progress is Pending without a reason.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import pytest
import requests

from bridge.backends.summit.envelope import Envelope
from bridge.backends.summit.ticket import Details
from bridge.domain.json import JsonObject
from bridge.domain.spec import OWNED, CustomField, IncidentSpec, public_name
from bridge.sandbox import SANDBOXES, Sandbox
from bridge.sandbox.refusal import Refused
from bridge.sandbox.summit import rules
from bridge.sandbox.summit.call import read_call
from bridge.sandbox.summit.container import read_container
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


@EACH
@pytest.mark.parametrize(
    ("status", "field"),
    [
        (status, field)
        for status in STATUSES
        for field in f"{COMMON} {MANDATORY[status]} {EVERYWHERE} {OPTIONAL[status]}".split()
    ],
)
def test_a_field_of_a_table_is_written_in_its_place(status: str, field: str, form: Form) -> None:
    wire = Wire(call_of(written(status, form), form), form)
    assert wire.said(field) == expected(status, field, form)


@EACH
@pytest.mark.parametrize("status", STATUSES)
def test_the_request_type_stands_where_the_samples_have_it(status: str, form: Form) -> None:
    common = call_of(written(status, form), form)["objCommonParameters"]
    is_inside = "RequestType" in common["incidentParamsJSON"]
    assert common["RequestType"] == "RemoteCall"
    assert is_inside is (form.container == "string" and status != "New")


@EACH
@pytest.mark.parametrize("status", STATUSES[1:])
def test_a_step_says_what_its_table_demands_and_no_more(status: str, form: Form) -> None:
    wire = Wire(call_of(stepped(status, form), form), form)
    assert all(wire.said(field) for field in mandatory_in(status))
    said = {*wire.container["Ticket"], *wire.container["TicketInformation"]}
    # The samples of every status have the workgroup, and both logs.
    usual = {"Assigned_WorkGroup_Name", "InternalLog", "UserLog"}
    assert said == {*mandatory_in(status), *usual} - {"Updater", "RequestType"}


@EACH
@pytest.mark.parametrize("status", STATUSES)
def test_the_stand_in_takes_what_the_bridge_writes(status: str, form: Form) -> None:
    for container in (written(status, form), *([stepped(status, form)] if status != "New" else [])):
        taken = read_container(read_call(orjson.dumps(call_of(container, form))).parameters)
        rules.check(taken)
        assert taken.status == status


def refusal_of(body: bytes) -> str:
    """Give the stand-in's words on a request that it must not take."""
    with pytest.raises(Refused) as caught:
        rules.check(read_container(read_call(body).parameters))
    return str(caught.value)


@pytest.mark.parametrize(
    ("status", "field", "form"),
    [
        (status, field, form)
        for status in STATUSES
        for field in mandatory_in(status)
        for form in FORMS
        if (field, form.updater) != ("Assigned_WorkGroup_Name", "Caller")
    ],
)
def test_the_stand_in_refuses_a_table_without_a_mandatory_field(
    status: str, field: str, form: Form
) -> None:
    call = call_of(written(status, form), form)
    for left in (None, ""):
        assert field in refusal_of(Wire(call, form).without(field, left))


@EACH
@pytest.mark.parametrize("status", STATUSES)
def test_a_ci_key_without_its_value_is_refused_in_every_status(status: str, form: Form) -> None:
    wire = Wire(call_of(written(status, form), form), form)
    assert "CI_Value" in refusal_of(wire.without("CI_Value"))


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    """One stand-in for all of these."""
    sandbox = SANDBOXES["summit"]()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize("status", STATUSES)
def test_over_http_a_table_is_taken_whole_and_refused_in_part(served: Sandbox, status: str) -> None:
    form = Form("object")
    spec = replace(FULL, ci_id="", ci_key="", ci_value="")
    with requests.Session() as session:
        session.trust_env = False

        def answer(body: bytes) -> Mapping[str, Any]:
            reply = session.post(served.url + SUMMIT_PATH, data=body, timeout=5)
            assert reply.status_code == 200
            said: Mapping[str, Any] = reply.json()
            return said

        number = str(answer(orjson.dumps(call_of(written("New", form, spec), form)))["TicketNo"])
        wire = Wire(call_of(written(status, form, spec), form), form)
        if status != "New":
            wire.container["Ticket"]["Ticket_No"] = number
        before = served.tickets
        for field in MANDATORY[status].split():
            assert field in answer(Wire(wire.call, form).without(field))["Errors"]
        assert served.tickets == before
        walk = ["In-Progress", status] if status == "Resolved" else [status]
        for step in walk:
            said = Wire(call_of(written(step, form, spec), form), form)
            if step != "New":
                said.container["Ticket"]["Ticket_No"] = number
            assert answer(orjson.dumps(said.call))["Errors"] == ""
    assert served.tickets[-1].status == status
