"""Logs: what a line holds, whoever wrote it, and what it never holds."""

import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from gunicorn.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.telemetry.gunicorn_logger import GunicornLogger
from bridge.telemetry.logging import configure_logging, mask_secrets, masked, register_secret
from tests.logs import kept_logging

SECRET = 'pä"ss/w0rd&\\'

Lines = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the logging of the test run as it was."""
    with kept_logging(monkeypatch):
        yield


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Give what was written since; nothing may be on stdout."""

    def read() -> list[str]:
        out, err = capsys.readouterr()
        assert out == ""
        return err.splitlines()

    return read


def one(lines: Lines) -> dict[str, Any]:
    (line,) = lines()
    said: dict[str, Any] = json.loads(line)
    return said


def test_a_line_is_an_event_and_its_fields_with_the_time_in_utc(lines: Lines) -> None:
    configure_logging(json=True)
    structlog.stdlib.get_logger("bridge.worker").info("ticket filed", incident="01", attempt=2)
    said = one(lines)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", said.pop("timestamp"))
    assert said == {
        "event": "ticket filed",
        "level": "info",
        "logger": "bridge.worker",
        "incident": "01",
        "attempt": 2,
    }


def test_lines_for_people_hold_the_same(lines: Lines) -> None:
    configure_logging(json=False)
    structlog.stdlib.get_logger("bridge.worker").info("ticket filed", incident="01")
    (line,) = lines()
    assert "ticket filed" in line
    assert "incident=01" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("name", ["alembic.runtime", "werkzeug", "gunicorn.error", "any.library"])
@pytest.mark.parametrize("as_json", [True, False])
def test_libraries_records_join_the_stream(lines: Lines, name: str, *, as_json: bool) -> None:
    configure_logging(json=as_json)
    register_secret(SECRET)
    logging.getLogger(name).warning("watch %s", SECRET)
    (line,) = lines()
    assert "watch ***" in line
    assert SECRET not in line


def test_gunicorns_records_join_the_stream(lines: Lines) -> None:
    configure_logging(json=True)
    register_secret(SECRET)
    GunicornLogger(Config()).info("Booting %s", SECRET)
    assert one(lines)["event"] == "Booting ***"


def test_warnings_join_the_stream(lines: Lines) -> None:
    configure_logging(json=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old", UserWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    assert "UserWarning: old" in one(lines)["event"]


def test_configuring_twice_writes_each_line_once(lines: Lines) -> None:
    configure_logging(json=True)
    configure_logging(json=True)
    structlog.stdlib.get_logger("x").info("once")
    assert one(lines)["event"] == "once"


class Holder:
    """Something whose repr tells all."""

    def __repr__(self) -> str:
        return f"Holder({SECRET!r})"


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"user:{SECRET}@host",
        "https://x/?token=p%C3%A4%22ss%2Fw0rd%26%5C",
        {"deep": [{"er": (SECRET,)}]},
        {SECRET: 1},
        {SECRET},
        ValueError(SECRET),
        Holder(),
        json.dumps({"a": SECRET}),
        repr([SECRET]),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(
    lines: Lines, value: object, *, as_json: bool
) -> None:
    configure_logging(json=as_json)
    register_secret(SECRET)
    structlog.stdlib.get_logger("x").info("event", value=value)
    text = "\n".join(lines())
    assert "***" in text
    assert "w0rd" not in text


@pytest.mark.parametrize("as_json", [True, False])
def test_a_secret_is_masked_in_a_traceback(lines: Lines, *, as_json: bool) -> None:
    configure_logging(json=as_json)
    register_secret(SECRET)
    try:
        raise ValueError(SECRET)  # noqa: TRY301  # a traceback is what this is about
    except ValueError:
        structlog.stdlib.get_logger("x").exception("failed")
        logging.getLogger("library").exception("failed too")
    text = "\n".join(lines())
    assert text.count("Traceback") == 2
    assert "ValueError: ***" in text
    assert "w0rd" not in text


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    register_secret("abcd")
    register_secret("abcdefgh")
    assert masked("x abcdefgh y abcd z") == "x *** y *** z"


@pytest.mark.parametrize("secret", ["", "a", "abc"])
def test_what_is_too_short_to_be_a_secret_does_not_riddle_the_log(secret: str) -> None:
    register_secret(secret)
    assert masked("a b c abc") == "a b c abc"


@given(st.text(min_size=4), st.text(), st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_secret_is_masked_in_any_surroundings(secret: str, before: str, after: str) -> None:
    register_secret(secret)
    event = mask_secrets(None, "info", {"event": before + secret + after, "list": [secret]})
    assert event["list"] == ["***"]
    assert "***" in str(event["event"])


def test_hostile_text_cannot_break_a_line_or_the_log(lines: Lines) -> None:
    configure_logging(json=True)
    structlog.stdlib.get_logger("x").info("event", text='a\n{"event": "forged"}\ud800\x00')
    assert one(lines)["event"] == "event"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("GET /webhooks/kuma?token=gu3ss HTTP/1.1", "GET /webhooks/kuma?token=*** HTTP/1.1"),
        ("/webhooks/kuma?a=1&token=gu%20ss&b=2", "/webhooks/kuma?a=1&token=***&b=2"),
        ("token=gu3ss", "token=***"),
        ("/webhooks/kuma?token=", "/webhooks/kuma?token="),
        ("the token=count is no query", "the token=count is no query"),
    ],
)
def test_whatever_stands_as_a_token_in_a_url_is_masked_known_or_not(said: str, shown: str) -> None:
    assert masked(said) == shown


def test_gunicorns_access_log_shows_no_token(lines: Lines) -> None:
    configure_logging(json=True)
    GunicornLogger(Config())
    access = logging.getLogger("gunicorn.access")
    access.info('%(h)s "%(r)s"', {"h": "192.0.2.7", "r": "POST /webhooks/kuma?token=0ld HTTP/1.1"})
    assert one(lines)["event"] == '192.0.2.7 "POST /webhooks/kuma?token=*** HTTP/1.1"'
