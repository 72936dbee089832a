"""What lint concludes from matchers holds for every alert."""

from hypothesis import given

from bridge.domain.alert import Alert
from bridge.rules.lint.logic import covers, implies, void
from bridge.rules.matchers import Match, Matcher
from tests.rules.test_matchers import ALERTS, MATCHERS, MATCHES


@given(one=MATCHERS, other=MATCHERS, alert=ALERTS)
def test_what_is_implied_holds(one: Matcher, other: Matcher, alert: Alert) -> None:
    if implies(one, other) and one.holds(alert):
        assert other.holds(alert)


@given(match=MATCHES, alert=ALERTS)
def test_what_is_void_never_holds(match: Match, alert: Alert) -> None:
    if void(match):
        assert not match.holds(alert)


@given(wide=MATCHES, narrow=MATCHES, alert=ALERTS)
def test_what_is_covered_is_let_through(wide: Match, narrow: Match, alert: Alert) -> None:
    if covers(wide, narrow) and narrow.holds(alert):
        assert wide.holds(alert)


@given(match=MATCHES)
def test_a_match_covers_itself(match: Match) -> None:
    assert covers(match, match)


@given(matcher=MATCHERS, alert=ALERTS)
def test_an_opposite_holds_where_the_matcher_does_not(matcher: Matcher, alert: Alert) -> None:
    assert matcher.opposite().holds(alert) is not matcher.holds(alert)
