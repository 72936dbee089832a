"""The stand-in Jira: what its two APIs do, their hazards included."""

from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from tests.sandbox.issues import CLOUD, SERVER, call, file, move, searched, shown, text

pytestmark = pytest.mark.parametrize("root", [CLOUD, SERVER], ids=["cloud", "server"])


def keys(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [issue["key"] for issue in answer.json()["issues"]]


def order(desk: Sandbox, http: requests.Session, path: str, **said: object) -> requests.Response:
    return http.post(f"{desk.url}/_sandbox/{path}", json=said, timeout=5)


def test_an_issue_is_filed_and_shown(jira: Sandbox, http: requests.Session, root: str) -> None:
    assert file(jira, http, root) == "OPS-1"
    [ticket] = jira.tickets
    assert (ticket.number, ticket.id, ticket.status) == ("OPS-1", "10001", "To Do")
    assert (ticket.description, ticket.priority, ticket.category) == (
        "No ping for 5m",
        "High",
        "Network",
    )
    assert (ticket.requester, ticket.impact, ticket.tags) == (
        "Monitoring",
        "Minor / Localized",
        ("tok-1",),
    )
    said = shown(jira, http, root, "OPS-1")
    assert said["description"] == text(root, "No ping for 5m")
    assert said["status"]["statusCategory"]["key"] == "new"
    assert said["customfield_10011"] == 7
    key = {CLOUD: "accountId", SERVER: "name"}[root]
    assert set(said["reporter"]) == {key, "displayName", "active", "emailAddress"}
    assert jira.refusals == ()


def test_an_issue_is_shown_by_id_and_key_with_the_fields_asked_for(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    file(jira, http, root)
    for named in ("OPS-1", "10001"):
        answer = call(jira, http, root, "GET", f"/issue/{named}?fields=summary,nonsense").json()
        assert (answer["key"], answer["fields"]) == ("OPS-1", {"summary": "web-1 is down"})


def test_a_change_changes_what_it_names_and_says_nothing(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    key = file(jira, http, root)
    before = shown(jira, http, root, key)
    said = {
        "fields": {"summary": "web-1 is up", "customfield_10010": "e-1"},
        "update": {"labels": [{"add": "new"}, {"remove": "tok-1"}, {"remove": "none"}]},
    }
    answer = call(jira, http, root, "PUT", f"/issue/{key}", json=said)
    assert (answer.status_code, answer.content) == (204, b"")
    after = shown(jira, http, root, key)
    assert {name for name in after if after[name] != before.get(name)} == {
        "summary",
        "customfield_10010",
        "labels",
        "updated",
    }
    assert after["labels"] == ["new"]
    assert after["customfield_10011"] == 7


def test_the_workflow_offers_what_leads_on_and_what_its_screens_want(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    key = file(jira, http, root)
    path = f"/issue/{key}/transitions"

    def offered(query: str = "") -> dict[str, Any]:
        ways = call(jira, http, root, "GET", path + query).json()["transitions"]
        return {way["name"]: way for way in ways}

    assert set(offered()) == {"Start progress", "Cancel", "Escalate"}
    assert "fields" not in offered()["Cancel"]
    assert move(jira, http, root, key, "11").status_code == 204
    finish = offered("?expand=transitions.fields")["Finish"]
    assert finish["to"] == {"name": "Done", "id": "6", "statusCategory": {"key": "done"}}
    assert finish["fields"]["resolution"]["required"] is True
    resolution = {"resolution": {"name": "Done"}}
    assert move(jira, http, root, key, "31", fields=resolution).status_code == 204
    assert shown(jira, http, root, key)["resolution"] == {"name": "Done"}
    assert not jira.tickets[0].is_open
    assert move(jira, http, root, key, "61").status_code == 204
    assert shown(jira, http, root, key)["resolution"] is None


def test_a_comment_is_seen_by_customers_unless_it_is_internal(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    path = f"/issue/{file(jira, http, root)}/comment"
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    for words, more in (("one", {}), ("two", {"properties": internal})):
        answer = call(jira, http, root, "POST", path, json={"body": text(root, words), **more})
        assert answer.status_code == 201
        assert answer.json()["body"] == text(root, words)
    [ticket] = jira.tickets
    assert (ticket.notes, ticket.replies) == (("one", "two"), ("one",))


def test_a_file_is_attached(jira: Sandbox, http: requests.Session, root: str) -> None:
    path = f"/issue/{file(jira, http, root)}/attachments"
    how: dict[str, Any] = {
        "files": {"file": ("a.txt", b"text")},
        "headers": {"X-Atlassian-Token": "no-check"},
    }
    answer = call(jira, http, root, "POST", path, **how)
    assert (answer.status_code, answer.json()[0]["filename"]) == (200, "a.txt")
    assert jira.tickets[0].files == {"a.txt": "text"}


def test_a_search_gives_pages_of_what_it_means(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    for label in ("tok-1", "TOK-1", "tok-12", "tok-1", "tok-2"):
        file(jira, http, root, labels=[label])
    first = searched(jira, http, root)
    assert keys(first) == ["OPS-1", "OPS-2"]
    if root == CLOUD:
        assert first.json()["isLast"] is False
        second = searched(jira, http, root, nextPageToken=first.json()["nextPageToken"])
        assert second.json()["isLast"] is True
        assert "nextPageToken" not in second.json()
    else:
        assert first.json()["total"] == 3
        second = searched(jira, http, root, startAt=2)
    assert keys(second) == ["OPS-4"]
    newest = searched(jira, http, root, jql='labels = "tok-1" ORDER BY created DESC', maxResults=1)
    assert keys(newest) == ["OPS-4"]
    scoped = searched(jira, http, root, jql='project = "OPS" AND labels = "tok-2"')
    assert keys(scoped) == ["OPS-5"]
    assert jira.refusals == ()


def test_in_the_cloud_a_search_that_names_no_fields_is_shown_none(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    file(jira, http, root)
    path = "/search/jql" if root == CLOUD else "/search"
    answer = call(jira, http, root, "POST", path, json={"jql": 'labels = "tok-1"'}).json()
    assert ("fields" in answer["issues"][0]) == (root == SERVER)


@pytest.mark.parametrize("lag", [{"searches": 1}, {"lag": "1m"}], ids=str)
def test_an_index_lags_behind_when_ordered(
    jira: Sandbox, http: requests.Session, root: str, lag: dict[str, object]
) -> None:
    assert order(jira, http, "index", **lag).status_code == 200
    file(jira, http, root)
    assert keys(searched(jira, http, root)) == []
    assert call(jira, http, root, "GET", "/issue/OPS-1").status_code == 200
    assert keys(searched(jira, http, root)) == (["OPS-1"] if "searches" in lag else [])
    if root == CLOUD:
        assert keys(searched(jira, http, root, reconcileIssues=[10001])) == ["OPS-1"]
    order(jira, http, "index")
    assert keys(searched(jira, http, root)) == ["OPS-1"]


@pytest.mark.parametrize(
    "said", [{"lag": "soon"}, {"searches": -1}, {"searches": "2"}, {"lagg": "1s"}], ids=str
)
def test_nonsense_about_the_index_is_refused(
    jira: Sandbox, http: requests.Session, root: str, said: dict[str, object]
) -> None:
    answer = order(jira, http, "index", **said)
    assert answer.status_code == 400
    assert answer.json()["error"]
    file(jira, http, root)
    assert keys(searched(jira, http, root)) == ["OPS-1"]


def test_the_history_says_who_changed_what(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    key = file(jira, http, root)
    move(jira, http, root, key, "11")
    order(jira, http, f"tickets/{key}", subject="mine", status="On Hold")
    call(jira, http, root, "PUT", f"/issue/{key}", json={"fields": {"summary": "ours"}})
    answer = call(jira, http, root, "GET", f"/issue/{key}?expand=changelog").json()
    histories = answer["changelog"]["histories"]
    said = [
        (row["author"]["displayName"], [item["field"] for item in row["items"]])
        for row in (histories[::-1] if root == CLOUD else histories)
    ]
    assert said == [
        ("Monitoring", ["status"]),
        ("Ann Lee", ["summary", "status"]),
        ("Monitoring", ["summary"]),
    ]
    assert ("fieldId" in histories[0]["items"][0]) == (root == CLOUD)


def test_jira_says_what_it_is_and_has(jira: Sandbox, http: requests.Session, root: str) -> None:
    def said(path: str) -> Any:
        return call(jira, http, root, "GET", path).json()

    assert said("/serverInfo")["deploymentType"] == {CLOUD: "Cloud", SERVER: "Server"}[root]
    assert said("/myself")["displayName"] == "Monitoring"
    assert said("/project/OPS")["key"] == "OPS"
    rights = said("/mypermissions?projectKey=OPS&permissions=CREATE_ISSUES")["permissions"]
    assert rights == {"CREATE_ISSUES": {"key": "CREATE_ISSUES", "havePermission": True}}
    assert "High" in [row["name"] for row in said("/priority")]
    names = {row["id"]: row["name"] for row in said("/field")}
    assert (names["summary"], names["customfield_10010"]) == ("Summary", "Event ID")
    types = said("/issue/createmeta/OPS/issuetypes")
    rows = types["issueTypes" if root == CLOUD else "values"]
    assert [row["name"] for row in rows] == ["Incident", "Task"]
    screen = said("/issue/createmeta/OPS/issuetypes/10001?startAt=5&maxResults=50")
    fields = screen["fields" if root == CLOUD else "values"]
    assert (screen["startAt"], len(fields), screen["total"]) == (5, 10, 22)
    statuses = said("/project/OPS/statuses")[0]["statuses"]
    assert "On Hold" in [status["name"] for status in statuses]
    query = {CLOUD: "query", SERVER: "username"}[root]
    assert [row["displayName"] for row in said(f"/user/search?{query}=ann@")] == ["Ann Lee"]
    assert jira.refusals == ()


def test_what_a_person_does_is_shown(jira: Sandbox, http: requests.Session, root: str) -> None:
    key = file(jira, http, root)
    order(jira, http, f"tickets/{key}", status="On Hold", assignee="Somebody New")
    said = shown(jira, http, root, key)
    assert said["status"]["name"] == "On Hold"
    assert said["assignee"]["displayName"] == "Somebody New"


def test_the_address_of_an_issue_leads_to_its_page(
    jira: Sandbox, http: requests.Session, root: str
) -> None:
    page = http.get(f"{jira.url}/browse/{file(jira, http, root)}", timeout=5)
    assert "OPS-1: web-1 is down" in page.text


def test_tickets_outlive_the_desk(tmp_path: Path, http: requests.Session, root: str) -> None:
    kept = tmp_path / "jira.jsonl"
    desk = SANDBOXES["jira"](keep=kept)
    desk.start()
    file(desk, http, root)
    before = desk.tickets
    desk.stop()
    desk = SANDBOXES["jira"](keep=kept)
    desk.start()
    assert desk.tickets == before
    assert file(desk, http, root) == "OPS-2"
    desk.stop()
