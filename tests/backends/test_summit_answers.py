"""What Summit's answers mean, in every wording and wrapping that its clients have met."""

from collections.abc import Mapping

import orjson
import pytest

from bridge.domain.errors import (
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.raw_server import Answer, answer, raw_server
from tests.backends.summit_world import SPEC, TOKEN, desk_at

TICKET = Ticket(number="93491", id="93491", status="New", state=TicketState.OPEN)
FILED = {"Errors": "", "TicketNo": 93491, "TicketID_Internal": 59404}


def detailed(**said: object) -> Answer:
    """Write the details of one ticket."""
    incident = {"TicketDetails": [{"Status": "New", **said}], "CustomAttributes": []}
    return answer(body={"Errors": "", "OutputObject": {"IncidentDetails": incident}})


def failed(words: object, key: str = "Errors") -> Answer:
    return answer(body={key: words, "OutputObject": None})


def test_an_answer_may_be_json_in_a_json_string() -> None:
    wrapped = answer(body=orjson.dumps(orjson.dumps(FILED).decode()))
    with raw_server(wrapped) as server, desk_at(server.url) as desk:
        assert desk.create(SPEC, TOKEN, "").number == "93491"


@pytest.mark.parametrize("number", [None, "", 0, "0", True, "none", [1]])
def test_success_without_a_ticket_number_is_doubted(number: object) -> None:
    said = answer(body={**FILED, "TicketNo": number})
    with (
        raw_server(said) as server,
        desk_at(server.url) as desk,
        pytest.raises(OutcomeUnknown, match="without the TicketNo"),
    ):
        desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize("key", ["Errors", "Error", "ErrorMessage"])
@pytest.mark.parametrize("words", ["Category is  inactive", ["Category is inactive"]])
def test_words_of_failure_refuse_the_ticket(key: str, words: object) -> None:
    with (
        raw_server(failed(words, key)) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketRefused, match="Category is inactive"),
    ):
        desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize(
    "words",
    [
        "Invalid API Key",
        "Unauthorized access",
        "Access is denied.",
        "The APIKey has expired",
        "License limit exceeded",
        "Authentication failed for the user",
        "Invalid UserName or Password",
    ],
)
def test_words_on_who_asks_lock_the_desk_out(words: str) -> None:
    with (
        raw_server(failed(words)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match=words),
    ):
        desk.create(SPEC, TOKEN, "")


def test_a_desk_that_quotes_the_key_is_not_quoted() -> None:
    with (
        raw_server(failed("Invalid API Key: sandbox-key")) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut) as caught,
    ):
        desk.create(SPEC, TOKEN, "")
    assert "Invalid API Key: ***" in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        "Ticket not found",
        "Ticket_No 93491 does not exist",
        "Invalid Ticket No: 93491",
        "Incident 93491 could not be found",
        "No record found",
    ],
)
def test_words_on_an_unknown_ticket_say_that_it_is_gone(words: str) -> None:
    with (
        raw_server(failed(words)) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketGone, match=words),
    ):
        desk.read(TICKET)


@pytest.mark.parametrize(
    "words", ["Ticket not found", "The incident doesn't exist", "Ticket 93491 was deleted"]
)
def test_only_a_ticket_that_nobody_has_just_read_can_be_gone_when_written(words: str) -> None:
    with (
        raw_server(failed(words)) as server,
        desk_at(server.url, read=False) as desk,
        pytest.raises(TicketGone),
    ):
        desk.note(TICKET, SPEC, "more")
    with (
        raw_server(detailed(), failed(words)) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketRefused),
    ):
        desk.note(TICKET, SPEC, "more")


@pytest.mark.parametrize(
    "words",
    [
        "Closure code of the ticket does not exist",
        "Invalid Ticket Status",
        "Ticket Priority not found",
        "Category does not exist",
        "The SLA has expired",
        "Ticket 93491 exists already",
    ],
)
def test_other_things_that_do_not_exist_are_a_refusal(words: str) -> None:
    with (
        raw_server(failed(words)) as server,
        desk_at(server.url, read=False) as desk,
        pytest.raises(TicketRefused, match=words),
    ):
        desk.note(TICKET, SPEC, "more")


def test_a_ticket_without_details_is_gone() -> None:
    nothing = answer(body={"OutputObject": {"IncidentDetails": {"TicketDetails": []}}})
    with (
        raw_server(nothing) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketGone, match="knows no ticket 93491"),
    ):
        desk.read(TICKET)


@pytest.mark.parametrize(
    "body",
    [
        {"Errors": "", "OutputObject": None},
        {"Errors": "", "OutputObject": {"IncidentDetails": None}},
        {"Errors": "", "OutputObject": {"IncidentDetails": {"TicketDetails": [{"Status": ""}]}}},
    ],
)
def test_details_that_lack_what_matters_are_asked_for_again(body: Mapping[str, object]) -> None:
    with (
        raw_server(answer(body=body)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="without"),
    ):
        desk.read(TICKET)


@pytest.mark.parametrize("words", ["Invalid Service Name", "ServiceName X is not configured"])
def test_a_service_that_the_desk_does_not_have_leaves_the_ticket_as_known(words: str) -> None:
    with raw_server(failed(words)) as server, desk_at(server.url) as desk:
        assert desk.read(TICKET) == TICKET


@pytest.mark.parametrize(
    ("word", "status", "state"),
    [
        ("In Progress", "In-Progress", TicketState.OPEN),
        ("Reopened", "Reopened", TicketState.OPEN),
        ("Awaiting Vendor", "Awaiting Vendor", TicketState.OPEN),
        ("RESOLVED", "Resolved", TicketState.RESOLVED),
        ("Closed", "Closed", TicketState.CLOSED),
        ("Canceled", "Cancelled", TicketState.CANCELLED),
    ],
)
def test_a_status_is_understood_however_it_is_spelled(
    word: str, status: str, state: TicketState
) -> None:
    with raw_server(detailed(Status=word)) as server, desk_at(server.url) as desk:
        seen = desk.read(TICKET)
    assert (seen.status, seen.state) == (status, state)


def test_a_call_says_who_asks_as_the_vendor_has_it() -> None:
    with raw_server(answer(body=FILED)) as server, desk_at(server.url, org_id=3) as desk:
        desk.create(SPEC, TOKEN, "")
    said = orjson.loads(server.received[0].body)
    assert said["ServiceName"] == "IM_LogOrUpdateIncident"
    assert said["objCommonParameters"]["_ProxyDetails"] == {
        "AuthType": "APIKEY",
        "APIKey": "sandbox-key",
        "ProxyID": 0,
        "ReturnType": "JSON",
        "OrgID": 3,
        "TokenID": "",
    }
    assert "Ticket_No" not in server.received[0].body.decode()


def test_an_id_that_is_encoded_already_is_not_encoded_twice() -> None:
    said = {**FILED, "TicketID_Encrypted": "q%2b3=="}
    with raw_server(answer(body=said)) as server, desk_at(f"{server.url}/API") as desk:
        ticket, host = desk.create(SPEC, TOKEN, ""), server.url
    assert ticket.url == f"{host}/MDLIncidentMgmt/IM_TicketDetail.aspx?ID=q%2b3%3D%3D"


def test_nothing_that_is_printed_shows_the_key() -> None:
    with raw_server(answer(body=FILED)) as server, desk_at(server.url) as desk:
        assert "sandbox-key" not in repr(vars(desk))
