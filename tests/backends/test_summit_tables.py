"""The vendor's tables, field by field: what the bridge writes, and what the stand-in wants."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from bridge.sandbox.refusal import Refused
from bridge.sandbox.summit import rules
from bridge.sandbox.summit.call import read_call
from bridge.sandbox.summit.container import read_container
from tests.backends.summit_tables import (
    COMMON,
    EACH,
    EVERYWHERE,
    FORMS,
    FULL,
    MANDATORY,
    OPTIONAL,
    STATUSES,
    Form,
    Wire,
    call_of,
    expected,
    mandatory_in,
    stepped,
    written,
)
from tests.sandbox.calls import SUMMIT_PATH


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
