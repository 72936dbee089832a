"""What every backend's section accepts, and how it says what it does not."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from bridge.backends.desk import Limits, limits_of
from bridge.backends.section import BackendSection

LEAST = {"type": "summit", "url": "https://desk.example.com/API/"}


def load(**said: object) -> Mapping[str, Any]:
    """Load a section with the least there must be."""
    loaded: Mapping[str, Any] = BackendSection().load({**LEAST, **said})
    return loaded


def fault(**said: object) -> str:
    """Give everything that is wrong with a section."""
    with pytest.raises(ValidationError) as caught:
        load(**said)
    return str(caught.value)


def test_an_address_alone_is_enough() -> None:
    section = load()
    assert section["url"] == "https://desk.example.com/API"
    assert section["values"] == {}
    assert (section["on_unknown"], section["verify"], section["proxy"]) == ("hold", True, None)
    assert limits_of(section) == Limits(
        concurrency=8, per_second=50.0, timeout=timedelta(seconds=15)
    )


def test_limits_are_read() -> None:
    section = load(limits={"concurrency": 2, "rate": "90/m", "timeout": "300ms"})
    assert limits_of(section) == Limits(
        concurrency=2, per_second=1.5, timeout=timedelta(milliseconds=300)
    )


@pytest.mark.parametrize(
    ("rate", "per_second"), [("20/s", 20.0), ("120/m", 2.0), (" 1 / h ", 1 / 3600)]
)
def test_a_rate_is_a_number_per_unit(rate: str, per_second: float) -> None:
    assert limits_of(load(limits={"rate": rate})).per_second == pytest.approx(per_second)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"url": "desk.example.com"}, "write it like https://desk.example.com"),
        ({"url": "ftp://desk.example.com"}, "write it like https://desk.example.com"),
        ({"url": "https://"}, "write it like https://desk.example.com"),
        ({"url": "https://user:secret@desk.example.com"}, "move them to `auth:`"),
        ({"limits": {"rate": "20"}}, "write it like 20/s or 100/m"),
        ({"limits": {"rate": "0/s"}}, "write it like 20/s or 100/m"),
        ({"limits": {"timeout": "50ms"}}, "choose 100ms to 5m"),
        ({"limits": {"timeout": "6m"}}, "choose 100ms to 5m"),
        ({"limits": {"concurrency": 0}}, "choose 1 to 64"),
        ({"limits": {"speed": 1}}, "unknown key 'speed'"),
        ({"ca": "/no/such/file.pem"}, "give the path of a PEM file"),
        ({"client_cert": "/no/such/file.pem"}, "give the path of a PEM file"),
        ({"client_cert": {"cert": "a.pem"}}, "write FILE, or {cert: FILE, key: FILE}"),
        ({"proxy": "proxy:3128"}, "is no address"),
        ({"on_unknown": "retry"}, "write create or hold"),
        ({"values": ["P1"]}, "write {priority: {critical: P1}}"),
        ({"values": {"priority": "P1"}}, "write {critical: P1, high: P2}"),
        ({"values": {"prioritty": {}}}, "did you mean 'priority'?"),
        ({"verifi": False}, "did you mean 'verify'?"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(said: Mapping[str, object], words: str) -> None:
    assert words in fault(**said)


def test_a_password_in_an_address_is_not_repeated() -> None:
    assert "secret" not in fault(url="https://user:secret@desk.example.com")


def test_values_become_text_for_any_field_of_a_rule() -> None:
    section = load(values={"priority": {"critical": 1, 2: "P2"}, "CI_Key": {"host": "Host Name"}})
    assert section["values"] == {
        "priority": {"critical": "1", "2": "P2"},
        "CI_Key": {"host": "Host Name"},
    }


def test_certificates_are_files(tmp_path: Path) -> None:
    pem = tmp_path / "a.pem"
    pem.touch()
    section = load(ca=str(pem), client_cert={"cert": str(pem), "key": str(pem)})
    assert section["ca"] == str(pem)
    assert section["client_cert"] == (str(pem), str(pem))
