"""Files for Summit's tickets: what is taken, and what is refused."""

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import ask, log_ticket, upload_call


def test_a_file_is_kept_on_its_ticket(summit: Sandbox, http: requests.Session) -> None:
    log_ticket(summit, http)
    assert ask(summit, http, upload_call(int(summit.tickets[0].id)))["Errors"] == ""
    assert summit.tickets[0].files == {"disk.txt": "größer\n"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eModule", "SR"),
        ("eModule", None),
        ("TicketID", 93491),
        ("TicketID", "59404"),
        ("TicketID", None),
        ("FileByte", "aGVsbG8="),
        ("FileByte", []),
        ("FileByte", [256]),
        ("FileByte", None),
        ("AttachmentFileName", ""),
        ("AttachmentFileName", "../secret.txt"),
        ("AttachmentFileName", "a\tb.txt"),
        ("AttachmentFileName", None),
    ],
)
def test_a_file_that_is_none_or_for_no_ticket_is_refused(
    summit: Sandbox, http: requests.Session, name: str, value: object
) -> None:
    log_ticket(summit, http)
    call = upload_call(int(summit.tickets[0].id))
    call["objCommonParameters"][name] = value
    if value is None:
        del call["objCommonParameters"][name]
    answer = ask(summit, http, call)
    assert name in answer["Errors"]
    assert name in summit.refusals[0]
    assert summit.tickets[0].files == {}
