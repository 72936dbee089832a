import pytest

from bridge.sources.alertmanager import AlertmanagerSource
from tests.bench.bodies import Mix, body
from tests.bench.load import MARK, tag
from tests.builders import T0


def fingerprints(mix: Mix, number: int, size: int = 10) -> set[str]:
    said = body(size, mix).replace(MARK, tag(number))
    parsed = AlertmanagerSource(name="alertmanager").parse(said, "application/json", T0)
    assert parsed.rejected == ()
    return {alert.fingerprint for alert in parsed.alerts}


@pytest.mark.parametrize("mix", Mix)
def test_a_body_holds_as_many_alerts_as_were_asked_for(mix: Mix) -> None:
    assert len(fingerprints(mix, 1)) == 10


def test_new_bodies_share_no_alert() -> None:
    assert not fingerprints(Mix.NEW, 1) & fingerprints(Mix.NEW, 2)


def test_half_of_a_mixed_body_was_there_before() -> None:
    assert len(fingerprints(Mix.MIXED, 1) & fingerprints(Mix.MIXED, 2)) == 5


def test_tags_are_as_long_as_the_mark_and_never_the_same() -> None:
    tags = {tag(number) for number in range(10_000)}
    assert len(tags) == 10_000
    assert {len(letters) for letters in tags} == {len(MARK)}


def test_a_body_with_another_tag_has_the_same_length() -> None:
    template = body(3)
    assert len(template.replace(MARK, tag(7))) == len(template)
