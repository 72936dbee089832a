"""The console's pages."""

import re
from dataclasses import replace

import pytest

from bridge.domain.alert import Handling
from bridge.domain.errors import ErrorKind
from bridge.domain.inbox import InboxOutcome
from bridge.domain.incident import DesiredState, LastError, PreviousTicket, TimelineEntry
from bridge.domain.json import JsonValue
from bridge.domain.spec import IncidentSpec
from bridge.rules.live import Refusal
from bridge.sources.auth import BearerAuth
from bridge.web import guard_for
from tests.builders import T0, make_incident, make_ticket
from tests.store.given import make_entry
from tests.web.fakes import RULES, Web

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def web() -> Web:
    return Web()


def test_the_list_shows_what_people_ask_first(web: Web) -> None:
    spec = IncidentSpec(subject="Disk full on db1", priority="high")
    ticket = make_ticket(url="https://desk.example/INC-1")
    web.reader.add(make_incident({"spec": spec}, {"ticket": ticket}), firing=2, resolved=1)
    page = web.client().get("/").text
    for shown in ("Disk full on db1", "disk", "high", "filed", "2 firing, 1 cleared"):
        assert shown in page
    assert '<a href="https://desk.example/INC-1" rel="noreferrer">INC-1</a>' in page
    assert 'href="/incidents/01"' in page


def test_whoever_has_a_fault_is_shown_while_it_fires(web: Web) -> None:
    web.reader.add(make_incident({"handling": Handling.ACKNOWLEDGED}, {"ticket": make_ticket()}))
    page = web.client().get("/").text
    assert re.search(r"filed</span>\s*acknowledged", page)
    web.reader.listed.clear()
    cleared = {"handling": Handling.MUTED, "state": DesiredState.CLEAR}
    web.reader.add(make_incident(cleared, {"ticket": make_ticket()}))
    assert "muted" not in web.client().get("/").text


def test_an_empty_list_says_what_to_do(web: Web) -> None:
    assert "/webhooks/&lt;source&gt;" in web.client().get("/").text


def test_a_filter_that_finds_nothing_leads_back(web: Web) -> None:
    assert "Show all" in web.client().get("/?q=nothing").text


def test_the_search_is_kept_on_the_way_to_older_incidents(web: Web) -> None:
    web.reader.add(make_incident())
    web.reader.next = "c 2&x"
    page = web.client().get("/?q=disk&state=open").text
    assert 'href="/?q=disk&amp;state=open&amp;cursor=c+2%26x"' in page
    assert "<option selected>open</option>" in page


def test_empty_inputs_of_the_form_ask_for_nothing(web: Web) -> None:
    assert web.client().get("/?q=&state=").status_code == 200
    assert web.reader.asked[0].q == ""


def test_a_wrong_parameter_is_a_page_that_names_it(web: Web) -> None:
    answer = web.client().get("/?limit=0")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "limit: " in answer.text


def test_an_incidents_page_tells_its_story(web: Web) -> None:
    error = LastError(kind=ErrorKind.REFUSED, message="Category is unknown", at=T0)
    web.reader.add(
        make_incident(None, {"last_error": error, "attempts": 3, "parked_reason": "refused"})
    )
    web.reader.entries = [
        TimelineEntry(incident_id="01", at=T0, what="opened", because="DiskFull", detail={"a": 1})
    ]
    page = web.client().get("/incidents/01").text
    for shown in ("Category is unknown", "parked", "opened", "DiskFull", "2026-01-05 12:00:00"):
        assert shown in page


def test_the_timeline_is_told_in_words(web: Web) -> None:
    web.reader.add(make_incident())
    detail: dict[str, JsonValue] = {
        "why": {"priority": "high <- db rules/db.yaml:3"},
        "priority": {"from": None, "to": "high"},
        "tags": ["a", "b"],
        "title": "said already",
    }
    web.reader.entries = [
        TimelineEntry(incident_id="01", at=T0, what="changed", because="db", detail=detail)
    ]
    page = web.client().get("/incidents/01").text
    for shown in (
        "priority: high &lt;- db rules/db.yaml:3",
        "priority: (none) → high",
        "tags: a, b",
    ):
        assert shown in page
    assert "said already" not in page


@pytest.mark.parametrize("path", ["/", "/incidents/01"])
def test_hostile_text_stays_text(web: Web, path: str) -> None:
    spec = IncidentSpec(subject=HOSTILE, priority=HOSTILE, raw={"x": {"y": HOSTILE}})
    ticket = make_ticket(number=HOSTILE, status=HOSTILE, url=f"https://x/{HOSTILE}")
    incident = make_incident({"spec": spec}, {"ticket": ticket}, key=HOSTILE, rule=HOSTILE)
    web.reader.add(incident)
    web.reader.entries = [
        TimelineEntry(
            incident_id="01", at=T0, what=HOSTILE, because=HOSTILE, detail={HOSTILE: HOSTILE}
        )
    ]
    page = web.client().get(path).text
    assert "<script" not in page
    assert "<img" not in page
    assert re.search(r"&lt;script&gt;", page)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_a_ticket_link_leads_to_the_web_or_nowhere(web: Web, url: str) -> None:
    web.reader.add(make_incident(None, {"ticket": make_ticket(url=url)}))
    for path in ("/", "/incidents/01"):
        page = web.client().get(path).text
        assert url not in page
        assert "INC-1" in page


def test_the_pages_need_no_script_and_nothing_from_elsewhere(web: Web) -> None:
    web.reader.add(make_incident())
    for path in ("/", "/incidents/01", "/incidents/none"):
        page = web.client().get(path).text
        assert "<script" not in page
        assert "style=" not in page
        assert re.findall(r'(?:src|href)="(?!/)', page) == []
    with web.client().get("/static/console.css") as style:
        assert style.mimetype == "text/css"


def test_a_new_episode_leads_to_the_ticket_before(web: Web) -> None:
    previous = PreviousTicket(number="INC-0", url="https://desk.example/INC-0")
    web.reader.add(make_incident(previous=previous))
    page = web.client().get("/incidents/01").text
    assert '<a href="https://desk.example/INC-0" rel="noreferrer">INC-0</a>' in page


def test_every_page_says_which_rules_decide(web: Web) -> None:
    web.reader.add(make_incident())
    for page in ("/", "/incidents/01"):
        text = web.client().get(page).text
        assert "Rules 0123456789ab, in force since <time>2026-01-05 12:00:00</time>" in text
        assert "Refused" not in text


def test_a_page_says_that_changed_rules_are_refused(web: Web) -> None:
    refusal = Refusal(at=T0, reason="rules/a.yaml:3:5: unknown key <b>")
    web.rules = replace(RULES, refusal=refusal)
    text = web.client().get("/").text
    assert "rules/a.yaml:3:5: unknown key &lt;b&gt;" in text


def test_who_is_turned_away_is_told_nothing_of_the_rules(web: Web) -> None:
    guard = guard_for(BearerAuth(secrets=("admin-token",)), web.clock)
    answer = web.client(console_guard=guard).get("/")
    assert answer.status_code == 401
    assert "in force since" not in answer.text


def test_a_parked_incident_says_once_why_and_what_to_do(web: Web) -> None:
    error = LastError(kind=ErrorKind.REFUSED, message="Category is unknown", at=T0)
    web.reader.add(
        make_incident(
            None, {"last_error": error, "parked_reason": "Category is unknown", "parked_at": T0}
        )
    )
    page = web.client().get("/incidents/01").text
    assert page.count("Category is unknown") == 1
    assert "bridge incidents retry 01" in page


def test_a_page_says_who_has_the_ticket_and_what_people_wrote(web: Web) -> None:
    ticket = make_ticket(assignee="ann@example.com", taken_over=True, theirs=frozenset({"impact"}))
    spec = IncidentSpec(subject="Disk full", priority="low")
    edits: dict[str, JsonValue] = {"priority": "low"}
    web.reader.add(make_incident({"spec": spec}, {"ticket": ticket}, edits=edits))
    page = web.client().get("/incidents/01").text
    assert "ann@example.com, who took it over" in page
    assert "impact: a person wrote there" in page
    assert "low <em>set by a person</em>" in page
    assert page.count("set by a person") == 1


def test_an_incident_in_an_overflow_ticket_leads_to_it(web: Web) -> None:
    web.reader.add(make_incident(overflow_id="02"))
    assert 'href="/incidents/02"' in web.client().get("/incidents/01").text


def test_an_overflow_incident_leads_to_those_it_stands_for(web: Web) -> None:
    web.reader.add(make_incident(key=" overflow of noisy", rule="noisy"), firing=0)
    page = web.client().get("/incidents/01").text
    assert "those of others" in page
    assert 'href="/?rule=noisy"' in page


def test_the_form_asks_for_what_waits_for_a_person(web: Web) -> None:
    page = web.client().get("/?parked=true&rule=noisy").text
    assert 'name="parked" value="true" checked' in page
    assert (web.reader.asked[0].parked, web.reader.asked[0].rule) == (True, "noisy")
    assert 'name="rule" value="noisy"' in page


def test_the_inbox_lists_bodies_with_what_became_of_them(web: Web) -> None:
    rejected = make_entry(id="b1", outcome=InboxOutcome.REJECTED, reason=f"not JSON {HOSTILE}")
    web.inbox.entries = {"b1": rejected, "b2": make_entry(id="b2")}
    page = web.client().get("/inbox?source=&outcome=rejected").text
    assert 'href="/inbox/b1"' in page
    assert 'href="/inbox/b2"' not in page
    assert "not JSON &lt;script&gt;" in page
    assert "<option selected>rejected</option>" in page


def test_an_empty_inbox_says_so(web: Web) -> None:
    assert "Nothing was received yet" in web.client().get("/inbox").text
    assert "Show all" in web.client().get("/inbox?source=nobody").text


def test_a_body_is_shown_as_text_with_the_way_to_take_it_again(web: Web) -> None:
    entry = make_entry(
        id="b1", body=HOSTILE.encode() + b"\xff", outcome=InboxOutcome.REJECTED, reason="not JSON"
    )
    web.inbox.entries = {"b1": entry}
    page = web.client().get("/inbox/b1").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "bridge inbox replay b1" in page
    assert "There is more" not in page


def test_a_large_body_is_cut_and_says_where_the_rest_is(web: Web) -> None:
    web.inbox.entries = {"b1": make_entry(id="b1", body=b"x" * 100_001)}
    page = web.client().get("/inbox/b1").text
    assert "x" * 100_000 in page
    assert "x" * 100_001 not in page
    assert "bridge inbox show b1" in page


def test_a_body_that_is_not_there_is_a_page_that_says_so(web: Web) -> None:
    answer = web.client().get("/inbox/none")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize("path", ["/inbox", "/inbox/b1"])
def test_the_inbox_is_guarded_as_the_other_pages(web: Web, path: str) -> None:
    web.inbox.entries = {"b1": make_entry(id="b1")}
    guard = guard_for(BearerAuth(secrets=("admin-token",)), web.clock)
    assert web.client(console_guard=guard).get(path).status_code == 401
