"""A desk that a user has described: what it is sent, and what its answers mean."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.backends.rest.adapter import RestDesk
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField, IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, Ticket, TicketState
from tests.backends.raw_server import Behaviour, answer, raw_server
from tests.backends.rest_world import LEAST, TICKET, WHOLE, described, desk_at, told
from tests.backends.stands import SPEC, TOKEN

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = {"acknowledged": "doing", "muted": "asleep"}


def shown(status: int = 200, **more: object) -> bytes:
    """Answer with the ticket."""
    return answer(status, {**TICKET, **more})


def filed(desk: RestDesk, spec: IncidentSpec = SPEC) -> Ticket:
    return desk.create(spec, TOKEN, "")


def test_filing_lays_the_fields_that_are_said_over_the_body(tmp_path: Path) -> None:
    spec = replace(SPEC, ci_value="db1", ci_key="Host", raw={"desk": {"q": "own", "x": 1}})
    with raw_server(shown(201)) as server, desk_at(tmp_path, server.url) as desk:
        ticket, url = filed(desk, spec), server.url
    [sent] = server.received
    assert (sent.method, sent.target) == ("POST", "/tickets")
    assert sent.headers["authorization"] == "Bearer tickle-token"
    assert told(sent) == {
        "ref": TOKEN, "q": "own", "x": 1, "title": "Disk full", "prio": "critical",
        "host": "Host=db1",
    }  # fmt: skip
    assert (ticket.id, ticket.number, ticket.status) == ("7", "T-7", "new")
    assert ticket.url == f"{url}/t/T-7"
    assert ticket.created_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert ticket.told == {"subject": "Disk full", "priority": "P1"}
    assert not ticket.taken_over


def test_values_translate_before_templates_see_the_words(tmp_path: Path) -> None:
    said = described(WHOLE, words={"priority": {"critical": "P1", "high": "P2"}})
    more = {"values": {"priority": {"HIGH": "P0"}}}
    with raw_server(shown(201)) as server, desk_at(tmp_path, server.url, said, **more) as desk:
        for word in ("critical", "high", "odd"):
            filed(desk, replace(SPEC, priority=word))
    assert [told(sent)["prio"] for sent in server.received] == ["P1", "P0", "odd"]


def test_what_no_template_names_is_unmapped_and_nothing_else(tmp_path: Path) -> None:
    body = {"a": "{{ unmapped }}", "b": "{{ subject }}{{ description }}{{ priority }}"}
    said = described(requests__create__json={**body, "c": "{{ workgroup }}"})
    spec = IncidentSpec(
        subject="s", workgroup="NOC", location="Paris", ci_key="Host", ci_value="db1",
        tags=("x", "y"), custom_fields={"Event": CustomField(value=[1, 2])},
        links={"Graph": "https://g"}, sla="Gold",
    )  # fmt: skip
    with raw_server(shown(201)) as server, desk_at(tmp_path, server.url, said) as desk:
        filed(desk, spec)
    lines = told(server.received[0])["a"].splitlines()
    assert sorted(lines) == [
        "Event: 1, 2", "Graph: https://g", "Host: db1", "Location: Paris", "SLA: Gold",
        "Tags: x, y",
    ]  # fmt: skip


def test_an_update_writes_the_changed_fields_and_what_follows_from_them(tmp_path: Path) -> None:
    spec = replace(SPEC, ci_key="Host", ci_value="db1")
    with raw_server(shown(201), shown()) as server, desk_at(tmp_path, server.url) as desk:
        ticket = filed(desk)
        desk.update(ticket, spec, ("subject",), TOKEN, "")
        desk.update(ticket, spec, ("CI_Key",), TOKEN, "moved")
        theirs = replace(ticket, theirs=frozenset({"CI_Value"}))
        desk.update(theirs, spec, ("CI_Key", "location"), TOKEN, "")
    _, first, second, *others = server.received
    assert (first.method, first.target) == ("PATCH", "/tickets/7")
    assert told(first) == {"title": "Disk full"}
    assert told(second) == {"host": "Host=db1", "note": "moved"}
    # There was nothing to say that is not a person's, or that the desk has a place for.
    assert others == []


def test_what_follows_from_a_change_is_no_persons_doing(tmp_path: Path) -> None:
    said = described(
        WHOLE, fields__location={"place": "{{ location }}, {{ priority }}"}, ticket__shown={
            "location": "place", "subject": "title",
        },
    )  # fmt: skip
    spec = replace(SPEC, location="Paris")
    moved = replace(spec, priority="low")
    answers = (
        shown(201, place="Paris, critical"), shown(place="Paris, low"), shown(place="Paris, low"),
    )  # fmt: skip
    with raw_server(*answers) as server, desk_at(tmp_path, server.url, said) as desk:
        updated = desk.update(filed(desk, spec), moved, ("priority",), TOKEN, "")
        assert told(server.received[1]) == {"prio": "low", "place": "Paris, low"}
        assert not updated.theirs
        assert not desk.read(updated).theirs


def test_what_a_person_wrote_and_where_they_work_is_seen(tmp_path: Path) -> None:
    answers = (
        shown(201), shown(), shown(title="Mine"), shown(who="ann"), shown(who="ann", state="done"),
    )  # fmt: skip
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        ticket = filed(desk)
        same, edited, taken, rested = (desk.read(ticket) for _ in range(4))
    assert not same.theirs
    assert not same.taken_over
    assert edited.theirs == {"subject"}
    assert (taken.assignee, taken.taken_over) == ("ann", True)
    assert (rested.state, rested.taken_over) == (TicketState.RESOLVED, False)


def test_an_empty_trace_is_filled_by_a_person_only(tmp_path: Path) -> None:
    answers = (shown(201), shown(state="doing"), shown(state="doing"), shown(state="new"))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url, transitions=STAGES) as desk:
        ticket = desk.read(filed(desk))
        assert ticket.taken_over
        seen = desk.read(replace(ticket, present={}))
        assert desk.read(seen).taken_over is False


def test_resolving_walks_the_steps_that_are_called_for(tmp_path: Path) -> None:
    ways = {"new": ["doing", "done"], "doing": ["done"]}
    for state, way in ways.items():
        answers = (shown(state=state), *[shown(state=word) for word in way])
        with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
            done = desk.resolve(ticket_at(state), SPEC, OnClear.RESOLVE, "over")
        assert [told(sent)["to"] for sent in server.received[1:]] == way
        assert told(server.received[-1])["why"] == "over"
        assert (done.state, done.taken_over) == (TicketState.RESOLVED, False)


def ticket_at(state: str) -> Ticket:
    handle = {"state": state, "who": ""}
    return Ticket(number="T-7", id="7", status=state, state=TicketState.OPEN, handle=handle)


@pytest.mark.parametrize(
    ("how", "word", "state"),
    [
        (OnClear.CLOSE, "shut", TicketState.CLOSED),
        (OnClear.CANCEL, "done", TicketState.RESOLVED),
    ],
)
def test_an_end_that_is_not_described_is_a_resolve(
    tmp_path: Path, how: OnClear, word: str, state: TicketState
) -> None:
    answers = (shown(state="doing"), shown(state=word))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        done = desk.resolve(ticket_at("doing"), SPEC, how, "")
    assert told(server.received[-1])["to"] == word
    assert done.state is state


def test_a_resolved_ticket_is_closed_where_closing_is_described(tmp_path: Path) -> None:
    answers = (shown(state="done"), shown(state="shut"))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        done = desk.resolve(ticket_at("done"), SPEC, OnClear.CLOSE, "")
    assert done.state is TicketState.CLOSED
    assert len(server.received) == 2


def test_a_move_sets_the_status_of_a_stage_and_is_no_persons_doing(tmp_path: Path) -> None:
    answers = (shown(), shown(state="asleep"), shown(state="asleep"), shown(state="asleep"))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url, transitions=STAGES) as desk:
        assert desk.can.stages == {Stage.OPEN, Stage.ACKNOWLEDGED, Stage.MUTED}
        moved = desk.move(ticket_at("new"), SPEC, Stage.MUTED, "quiet")
        assert told(server.received[1]) == {"to": "asleep", "stage": "muted"}
        assert desk.read(moved).taken_over is False
        # It is there already.
        desk.move(moved, SPEC, Stage.MUTED, "quiet")
    assert len(server.received) == 4


def test_a_move_that_could_not_be_read_is_the_bridges_own_all_the_same(tmp_path: Path) -> None:
    answers = (shown(), answer(200, {}), answer(503), shown(state="asleep"))
    with (
        raw_server(*answers) as server,
        desk_at(tmp_path, server.url, transitions=STAGES) as desk,
    ):
        moved = desk.move(ticket_at("new"), SPEC, Stage.MUTED, "")
        assert (moved.status, moved.taken_over) == ("asleep", False)
        assert desk.read(moved).taken_over is False


def test_a_stage_ends_in_the_first_open_status_or_in_the_one_that_is_named(tmp_path: Path) -> None:
    for more, word in ((STAGES, "new"), ({**STAGES, "open": "fresh"}, "fresh")):
        answers = (shown(state="asleep"), shown(state=word))
        with (
            raw_server(*answers) as server,
            desk_at(tmp_path, server.url, transitions=more) as desk,
        ):
            desk.move(ticket_at("asleep"), SPEC, Stage.OPEN, "")
        assert told(server.received[-1])["to"] == word


def test_a_ticket_at_rest_is_not_moved(tmp_path: Path) -> None:
    with (
        raw_server(shown(state="done")) as server,
        desk_at(tmp_path, server.url, transitions=STAGES) as desk,
    ):
        assert desk.move(ticket_at("new"), SPEC, Stage.MUTED, "").state is TicketState.RESOLVED
    assert len(server.received) == 1


def test_a_file_is_a_part_of_a_form(tmp_path: Path) -> None:
    with raw_server(answer(201)) as server, desk_at(tmp_path, server.url) as desk:
        desk.attach(ticket_at("new"), "a.log", "täxt" * 200_000)
    [sent] = server.received
    assert sent.headers["content-type"].startswith("multipart/form-data")
    assert b'name="file"; filename="a.log"' in sent.body
    assert "täxt".encode() * 200_000 in sent.body


def test_reopening_is_left_to_the_person_who_did_it(tmp_path: Path) -> None:
    answers = (shown(state="done"), shown(state="doing"), shown(), answer(201))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        at_rest = replace(ticket_at("done"), state=TicketState.RESOLVED)
        assert desk.reopen(at_rest, SPEC, "again").is_open
        desk.reopen(at_rest, SPEC, "again")
    targets = [sent.target for sent in server.received]
    assert targets[1] == "/tickets/7/state"
    assert targets[3] == "/tickets/7/notes"


def rows(*tickets: Mapping[str, Any]) -> bytes:
    return answer(200, {"rows": [{**TICKET, **ticket} for ticket in tickets]})


def test_only_rows_that_carry_the_token_are_found_oldest_first(tmp_path: Path) -> None:
    listed = rows(
        {"id": 9, "at": "2026-01-07T12:00:00Z"},
        {"id": 8, "ref": f"{TOKEN}2"},
        {"id": 3, "ref": ["x", TOKEN], "at": "2026-01-06T12:00:00Z"},
        {"id": 2, "ref": None},
        {"id": 1, "ref": f"see {TOKEN}, please", "at": "2026-01-05T12:00:00Z"},
    )
    with raw_server(listed) as server, desk_at(tmp_path, server.url) as desk:
        assert [ticket.id for ticket in desk.find(TOKEN, LONG_AGO)] == ["1", "3", "9"]
    assert server.received[0].target == f"/tickets?ref={TOKEN}"


def test_a_row_can_be_asked_about_once_more(tmp_path: Path) -> None:
    verify = {"path": "/tags/{{ ticket.id }}", "token": "body.tags"}
    said = described(WHOLE, ticket__token=None, requests__find__verify=verify)
    listed = rows({"id": 1, "ref": None}, {"id": 2}, {"id": 3})
    answers = (listed, answer(200, {"tags": [TOKEN]}), answer(200, {"tags": []}), answer(404))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url, said) as desk:
        assert [ticket.id for ticket in desk.find(TOKEN, LONG_AGO)] == ["1"]


def test_only_what_stands_after_the_last_label_is_the_token(tmp_path: Path) -> None:
    said = described(WHOLE, ticket__token_after="Ref:")
    listed = rows(
        {"id": 1, "ref": f"Ref: {TOKEN}2 and Ref: {TOKEN}<br>by ann"},
        {"id": 2, "ref": f"Ref: {TOKEN}, Ref: IB-eu-other"},
        {"id": 3, "ref": f"Ref: IB-eu-other, not {TOKEN}"},
        {"id": 4, "ref": f"see {TOKEN}"},
        {"id": 5, "ref": f"Ref: {TOKEN}2"},
    )
    with raw_server(listed) as server, desk_at(tmp_path, server.url, said) as desk:
        assert [ticket.id for ticket in desk.find(TOKEN, LONG_AGO)] == ["1"]


@pytest.mark.parametrize("body", [{}, {"rows": None}, {"rows": []}])
def test_no_list_is_nothing_found(tmp_path: Path, body: Mapping[str, object]) -> None:
    with raw_server(answer(200, body)) as server, desk_at(tmp_path, server.url) as desk:
        assert list(desk.find(TOKEN, LONG_AGO)) == []


def test_a_look_up_takes_only_what_was_asked_for(tmp_path: Path) -> None:
    listed = (rows({"no": "T-70"}, {}), rows({"no": "T-70"}))
    with raw_server(*listed) as server, desk_at(tmp_path, server.url) as desk:
        assert desk.lookup(" t-7 ").id == "7"
        with pytest.raises(TicketGone, match="desk: there is no T-7"):
            desk.lookup("T-7")


CONDITIONS = {
    "answers": {
        "success": "body.ok",
        "refused": "body.code == 'invalid'",
        "gone": "body.code == 'missing'",
        "locked_out": "body.code == 'login' || headers.\"x-locked\"",
        "retry": "body.code == 'busy'",
        "message": "body.text",
    }
}


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(200, {"code": "invalid", "text": "No\nsuch queue"}), TicketRefused,
         "desk: create answered 200: No such queue"),
        (answer(500, {"code": "invalid"}), TicketRefused, 'answered 500: {"code":"invalid"}'),
        (answer(200, {"code": "missing", "text": "gone"}), TicketRefused, "gone"),
        (answer(200, {"code": "login", "text": "who?"}), DeskLockedOut, "who?; check `auth:`"),
        (answer(200, {}, {"X-Locked": "1"}), DeskLockedOut, "check `auth:`"),
        (answer(200, {"code": "busy", "text": "later"}, {"Retry-After": "7"}), DeskUnavailable,
         "later"),
        (answer(200, {"id": 7}), OutcomeUnknown, "no success by its description"),
        (answer(200, b"<html>"), OutcomeUnknown, "no success by its description"),
        (answer(400, {"text": "no"}), TicketRefused, "answered 400"),
        (answer(401, b""), DeskLockedOut, "check `auth:`"),
        (answer(500, b""), OutcomeUnknown, "answered 500"),
        (answer(200, {"ok": True}), OutcomeUnknown, "without the id of the ticket"),
    ],
)  # fmt: skip
def test_an_answer_means_what_the_description_says(
    tmp_path: Path, said: bytes, error: type[DeskError], words: str
) -> None:
    with (
        raw_server(said) as server,
        desk_at(tmp_path, server.url, {**WHOLE, **CONDITIONS}) as desk,
        pytest.raises(error) as caught,
    ):
        filed(desk)
    assert type(caught.value) is error
    assert words in str(caught.value)
    if isinstance(caught.value, DeskUnavailable):
        assert caught.value.retry_after == timedelta(seconds=7)


def test_a_ticket_that_the_account_may_not_see_costs_no_other_ticket(tmp_path: Path) -> None:
    forbidden = answer(403, {"error": "Not authorized"})
    said = described(WHOLE, requests__check={"path": "/me"})
    with raw_server(forbidden) as server, desk_at(tmp_path, server.url, said) as desk:
        at_seven = ticket_at("new")
        calls: list[Callable[[], object]] = [
            lambda: desk.read(at_seven),
            lambda: desk.resolve(at_seven, SPEC, OnClear.RESOLVE, ""),
            lambda: desk.update(at_seven, SPEC, ("subject",), TOKEN, ""),
            lambda: desk.attach(at_seven, "a", "b"),
        ]
        for call in calls:
            with pytest.raises(TicketRefused, match="Not authorized"):
                call()
        for call in (lambda: filed(desk), lambda: desk.find(TOKEN, LONG_AGO)):
            with pytest.raises(DeskLockedOut, match="check `auth:`"):
                call()
        [problem] = desk.check()
        assert "check `auth:`" in problem


@pytest.mark.parametrize(
    ("reply", "condition"),
    [(b"<html>Blocked</html>", {}), ({"code": "login"}, {"locked_out": "body.code == 'login'"})],
)
def test_what_is_forbidden_for_all_tickets_locks_out(
    tmp_path: Path, reply: bytes | Mapping[str, object], condition: Mapping[str, str]
) -> None:
    said = {**WHOLE, "answers": condition}
    with (
        raw_server(answer(403, reply)) as server,
        desk_at(tmp_path, server.url, said) as desk,
        pytest.raises(DeskLockedOut, match="check `auth:`"),
    ):
        desk.read(ticket_at("new"))


@pytest.mark.parametrize(
    ("status", "error"), [(404, DeskLockedOut), (500, DeskUnavailable), (429, DeskUnavailable)]
)
def test_a_ticket_cannot_be_gone_from_a_request_about_none(
    tmp_path: Path, status: int, error: type[DeskError]
) -> None:
    gone = answer(status, {"code": "missing"})
    with raw_server(gone) as server, desk_at(tmp_path, server.url, {**WHOLE, **CONDITIONS}) as desk:
        with pytest.raises(TicketRefused, match="missing"):
            filed(desk)
        with pytest.raises(error) as caught:
            desk.find(TOKEN, LONG_AGO)
        assert type(caught.value) is error
        with pytest.raises(TicketGone):
            desk.read(ticket_at("new"))


def test_the_most_particular_meaning_goes_first(tmp_path: Path) -> None:
    conditions = {"gone": "body.a", "locked_out": "body.b", "retry": "body.c", "refused": "body"}
    errors = [TicketGone, DeskLockedOut, DeskUnavailable, TicketRefused]
    said = {**WHOLE, "answers": conditions}
    for at, error in enumerate(errors):
        reply = answer(200, dict.fromkeys("abcd"[at:], 1))
        with raw_server(reply) as server, desk_at(tmp_path, server.url, said) as desk:
            with pytest.raises(DeskError) as caught:
                desk.read(ticket_at("new"))
            assert type(caught.value) is error


@pytest.mark.parametrize("operation", ["create", "resolve", "reopen"])
def test_what_calls_for_no_request_is_not_thought_to_be_done(
    tmp_path: Path, operation: str
) -> None:
    never = {"path": "/t", "json": {"a": 1}, "when": "subject == 'never'"}
    said = described(
        WHOLE, requests__read=None, requests__find=None, **{f"requests__{operation}": never}
    )
    at_rest = replace(ticket_at("done"), state=TicketState.RESOLVED)
    calls: dict[str, Callable[[RestDesk], object]] = {
        "create": filed,
        "resolve": lambda desk: desk.resolve(ticket_at("new"), SPEC, OnClear.RESOLVE, ""),
        "reopen": lambda desk: desk.reopen(at_rest, SPEC, ""),
    }
    with raw_server(answer()) as server, desk_at(tmp_path, server.url, said) as desk:
        with pytest.raises(TicketRefused, match=f"{operation} calls for no request here"):
            calls[operation](desk)
        assert server.received == []


def test_a_requests_own_condition_goes_before_the_general_one(tmp_path: Path) -> None:
    said = described({**WHOLE, **CONDITIONS}, requests__create__success="body.id")
    with raw_server(shown(201)) as server, desk_at(tmp_path, server.url, said) as desk:
        assert filed(desk).id == "7"


def test_an_answer_without_a_condition_is_json_or_has_no_content(tmp_path: Path) -> None:
    answers = (answer(204, b""), answer(200, b"<html>"), answer(200, b""))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        assert desk.attach(ticket_at("new"), "a", "b") is None  # type: ignore[func-returns-value]
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match="no success"):
                desk.attach(ticket_at("new"), "a", "b")


@pytest.mark.parametrize("said", [{}, {"idempotent": True}])
def test_a_create_without_an_answer_is_in_doubt_also_where_it_may_be_repeated(
    tmp_path: Path, said: Mapping[str, object]
) -> None:
    create = {**WHOLE["requests"]["create"], **said}
    with (
        raw_server(Behaviour.RESET_AFTER) as server,
        desk_at(tmp_path, server.url, described(WHOLE, requests__create=create)) as desk,
    ):
        assert desk.can.create_again is bool(said)
        with pytest.raises(OutcomeUnknown):
            filed(desk)


@pytest.mark.parametrize(("note", "error"), [("", DeskUnavailable), ("news", OutcomeUnknown)])
def test_a_change_is_repeatable_unless_a_note_would_stand_there_twice(
    tmp_path: Path, note: str, error: type[DeskError]
) -> None:
    with (
        raw_server(Behaviour.RESET_AFTER) as server,
        desk_at(tmp_path, server.url) as desk,
        pytest.raises(error),
    ):
        desk.update(ticket_at("new"), SPEC, ("subject",), TOKEN, note)


def test_what_is_done_after_filing_costs_no_ticket_when_it_fails(tmp_path: Path) -> None:
    note = {"path": "/tickets/{{ ticket.id }}/notes", "when": "note", "json": {"t": "{{ note }}"}}
    said = described(WHOLE, requests__create=[WHOLE["requests"]["create"], note])
    with raw_server(shown(201), answer(500)) as server, desk_at(tmp_path, server.url, said) as desk:
        assert desk.create(SPEC, TOKEN, "hello").id == "7"
        assert server.received[1].target == "/tickets/7/notes"
    assert len(server.received) == 2


def test_a_ticket_that_its_answer_does_not_show_is_read(tmp_path: Path) -> None:
    answers = (answer(201, {"id": 7}), shown(), answer(200, {"done": True}), shown(title="Cut"))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        ticket = filed(desk)
        assert (ticket.number, ticket.told["subject"]) == ("T-7", "Disk full")
        updated = desk.update(ticket, SPEC, ("subject",), TOKEN, "")
    # Where the desk cut what it was sent, that is no person's doing.
    assert updated.told["subject"] == "Cut"
    assert not updated.theirs


def test_a_ticket_whose_address_cannot_be_written_is_one_all_the_same(tmp_path: Path) -> None:
    said = described(WHOLE, ticket__url="{{ url }}/{{ ticket.number | round }}")
    with raw_server(shown(201)) as server, desk_at(tmp_path, server.url, said) as desk:
        assert filed(desk).url is None


def test_what_was_written_stays_written_though_it_cannot_be_read(tmp_path: Path) -> None:
    answers = (answer(201, {"id": 7}), answer(503), answer(201, {}), answer(503))
    with raw_server(*answers) as server, desk_at(tmp_path, server.url) as desk:
        ticket = filed(desk)
        assert (ticket.id, ticket.is_open) == ("7", True)
        assert desk.note(ticket, SPEC, "news").id == "7"


def test_another_tickets_answer_is_not_taken_for_this_one(tmp_path: Path) -> None:
    with raw_server(shown(id=8)) as server, desk_at(tmp_path, server.url) as desk:
        with pytest.raises(DeskUnavailable, match="without the id of the ticket"):
            desk.read(ticket_at("new"))
        assert desk.note(ticket_at("new"), SPEC, "x").number == "T-7"


def test_the_least_desk_can_only_file_and_resolve(tmp_path: Path) -> None:
    with (
        raw_server(answer(201, {"id": "a/b"}), answer(204, b"")) as server,
        desk_at(tmp_path, server.url, LEAST) as desk,
    ):
        assert desk.can == Capabilities(
            find=False, read=False, reopen=False, update=False, note=False, look_every=None
        )
        ticket = filed(desk)
        before = len(server.received)
        assert desk.update(ticket, SPEC, ("subject",), TOKEN, "note") == ticket
        assert desk.note(ticket, SPEC, "note") == ticket
        assert desk.read(ticket) == ticket
        assert list(desk.find(TOKEN, LONG_AGO)) == []
        assert list(desk.check()) == []
        with pytest.raises(TicketRefused, match="takes no files; a stays here"):
            desk.attach(ticket, "a", "b")
        with pytest.raises(TicketRefused, match="its description has no `lookup`"):
            desk.lookup("1")
        assert len(server.received) == before
        assert not desk.resolve(ticket, SPEC, OnClear.RESOLVE, "").is_open
    assert server.received[-1].target == "/tickets/a%2Fb/close"


def test_an_update_becomes_a_note_where_there_is_nothing_but_notes(tmp_path: Path) -> None:
    said = described(WHOLE, requests__update=None)
    with raw_server(answer(201)) as server, desk_at(tmp_path, server.url, said) as desk:
        assert not desk.can.update
        desk.update(ticket_at("new"), SPEC, ("subject",), TOKEN, "subject: changed")
    assert told(server.received[0]) == {"text": "subject: changed"}


def test_a_check_asks_what_is_described_or_searches_for_nothing(tmp_path: Path) -> None:
    with raw_server(rows(), answer(401)) as server, desk_at(tmp_path, server.url) as desk:
        assert list(desk.check()) == []
        [problem] = desk.check()
        assert "check `auth:`" in problem
    assert server.received[0].target == "/tickets?ref=incident-bridge-check"
    said = described(WHOLE, requests__check={"path": "/ping"})
    with raw_server(answer()) as server, desk_at(tmp_path, server.url, said) as desk:
        assert list(desk.check()) == []
    assert server.received[0].target == "/ping"


def test_a_preview_masks_what_is_secret_and_sends_nothing(tmp_path: Path) -> None:
    said = described(
        WHOLE,
        headers={"X-App": "{{ settings.secret }}"},
        requests__find=None,
        requests__create__json={"s": "{{ settings.secret }}", "q": "{{ settings.queue }}"},
    )
    with (
        raw_server(answer()) as server,
        desk_at(tmp_path, server.url, said, settings={"secret": "hush-hush"}) as desk,
    ):
        preview = desk.preview(SPEC, TOKEN)
        assert server.received == []
    assert preview["headers"] == {"X-App": "***", "Authorization": "***"}
    assert preview["path"] == "/tickets"
    assert "hush-hush" not in str(preview)
    assert preview["json"] == {"s": "***", "q": "ops", "title": "Disk full", "prio": "critical"}
