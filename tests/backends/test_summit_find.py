"""How a ticket is found at a desk that has lists and no search."""

from collections.abc import Mapping
from datetime import timedelta

import orjson
import pytest

from bridge.domain.errors import DeskUnavailable
from tests.backends.raw_server import Answer, answer, raw_server
from tests.backends.summit_world import TOKEN, desk_at
from tests.builders import T0

ROW = {"Incident_ID": 59404, "Ticket_ID": "93491", "Status": "New", "Private_Log": f"a [{TOKEN}]"}


def listed(*rows: Mapping[str, object]) -> Answer:
    """Write a page of a list."""
    tickets = [{"IncidentDetail": [row], "CustomAttribute": []} for row in rows]
    return answer(body={"Errors": "", "OutputObject": {"MyTickets": tickets}})


def detailed(**said: object) -> Answer:
    """Write the details of one ticket."""
    incident = {"TicketDetails": [{"Status": "New", **said}], "CustomAttributes": []}
    return answer(body={"Errors": "", "OutputObject": {"IncidentDetails": incident}})


def failed(words: object, key: str = "Errors") -> Answer:
    return answer(body={key: words, "OutputObject": None})


def test_a_row_names_the_ticket_that_carries_the_token_in_whichever_of_its_ids() -> None:
    answers = [
        listed(ROW),
        listed(),
        detailed(Ticket_ID=11, Internallog="somebody else's"),
        detailed(Ticket_ID=59404, Internallog=f"[{TOKEN}]"),
    ]
    with raw_server(*answers) as server, desk_at(server.url) as desk:
        [found] = desk.find(TOKEN, T0)
    assert (found.number, found.handle["internal_id"]) == ("93491", "59404")


def test_a_key_that_may_list_but_not_read_takes_the_likelier_id() -> None:
    answers = [listed(ROW), listed(), answer(body=b"")]
    with raw_server(*answers) as server, desk_at(server.url) as desk:
        [found] = desk.find(TOKEN, T0)
    assert found.number == "59404"


def test_ids_that_lead_nowhere_are_not_trusted() -> None:
    answers = [listed(ROW), listed(), failed("Ticket not found"), detailed(Ticket_ID=11)]
    with (
        raw_server(*answers) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="leads to"),
    ):
        desk.find(TOKEN, T0)


def test_a_list_is_asked_for_from_the_day_before_in_pages_that_count_from_zero() -> None:
    with raw_server(listed(ROW), listed()) as server, desk_at(server.url, read=False) as desk:
        desk.find(TOKEN, T0)
    asked = [
        orjson.loads(received.body)["objCommonParameters"]["objIncidentCommonFilter"]
        for received in server.received
    ]
    assert [page["CurrentPageIndex"] for page in asked] == [0, 1]
    day = (T0 - timedelta(days=1)).date().isoformat()
    assert (asked[0]["strUpdatedFromDate"], asked[0]["strUpdatedToDate"]) == (day, "")
    assert (asked[0]["OrgID"], asked[0]["Instance"], asked[0]["PageSize"]) == ("1", "IT", 100)


def test_a_desk_that_gives_the_same_page_for_ever_is_asked_twice() -> None:
    with raw_server(listed(ROW)) as server, desk_at(server.url, read=False) as desk:
        assert len(desk.find(TOKEN, T0)) == 1
    assert len(server.received) == 2


def test_a_list_without_end_is_given_up() -> None:
    pages = [listed({"Incident_ID": number}) for number in range(201)]
    with (
        raw_server(*pages) as server,
        desk_at(server.url, limits={"rate": "1000/s"}) as desk,
        pytest.raises(DeskUnavailable, match="narrow it"),
    ):
        desk.find(TOKEN, T0)
    assert len(server.received) == 200


def test_a_list_without_a_list_is_asked_for_again() -> None:
    odd = answer(body={"Errors": "", "OutputObject": {}})
    with (
        raw_server(odd) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="without MyTickets"),
    ):
        desk.find(TOKEN, T0)
