"""A desk that is ended, and started again on what it kept."""

from pathlib import Path

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from tests.sandbox.calls import KEY, ask, gen1_incident, incident_call, log_ticket, new_container


def restarted(name: str, file: Path) -> Sandbox:
    desk = SANDBOXES[name](keep=file)
    desk.start()
    return desk


def test_tickets_and_refusals_outlive_the_desk(tmp_path: Path, http: requests.Session) -> None:
    file = tmp_path / "summit.jsonl"
    desk = restarted("summit", file)
    log_ticket(desk, http)
    log_ticket(desk, http, "In-Progress")
    spoilt = new_container()
    del spoilt["Ticket"]["Sup_Function"]
    ask(desk, http, incident_call(spoilt))
    before = (desk.tickets, desk.refusals)
    desk.stop()

    desk = restarted("summit", file)
    assert (desk.tickets, desk.refusals) == before
    assert len(desk.refusals) == 1
    assert log_ticket(desk, http) not in {ticket.number for ticket in before[0]}
    desk.stop()


def test_what_a_person_deleted_stays_deleted_and_its_number_is_not_given_again(
    tmp_path: Path, http: requests.Session
) -> None:
    file = tmp_path / "serviceops.jsonl"
    desk = restarted("serviceops", file)
    incident, headers = gen1_incident(), KEY
    http.post(desk.url + "/api/v1/incident", json=incident, headers=headers, timeout=5)
    (deleted,) = desk.tickets
    url = f"{desk.url}/_sandbox/tickets/{deleted.number}"
    http.post(url, json={"deleted": True}, timeout=5)
    desk.stop()

    desk = restarted("serviceops", file)
    assert not desk.tickets
    http.post(desk.url + "/api/v1/incident", json=incident, headers=headers, timeout=5)
    [ticket] = desk.tickets
    assert ticket.number != deleted.number
    desk.stop()


def test_a_token_is_still_good_after_a_restart(tmp_path: Path, http: requests.Session) -> None:
    desk = restarted("serviceops", tmp_path / "serviceops.jsonl")
    form = {"grant_type": "password", "username": "bridge", "password": "sandbox-password"}
    said = http.post(
        desk.url + "/api/oauth/token",
        files={name: (None, value) for name, value in form.items()},
        auth=("api", "sandbox-secret"),
        timeout=5,
    ).json()
    desk.stop()

    desk = restarted("serviceops", tmp_path / "serviceops.jsonl")
    headers = {"Authorization": f"Bearer {said['access_token']}"}
    url = desk.url + "/api/v1/incident"
    answer = http.post(url, json=gen1_incident(), headers=headers, timeout=5)
    assert answer.status_code == 200
    desk.stop()


@pytest.mark.parametrize("content", ["not JSON\n", "[]\n", '{"database": "sqlite"}\n'])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "important.txt"
    file.write_text(content)
    with pytest.raises(ValueError, match="--keep"):
        SANDBOXES["summit"](keep=file)
    assert file.read_text() == content


def test_a_file_that_cannot_be_made_is_said_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--keep"):
        SANDBOXES["summit"](keep=tmp_path / "nowhere" / "summit.jsonl")
