"""What a trace says of a value, in one line."""

from dataclasses import replace

from bridge.domain.decision import LONGEST_TOLD, FieldTrace

GIVEN = FieldTrace(value="high", rule="owner", location="rules.yaml:3", via=("table owners row",))


def test_a_trace_says_the_same_however_often_it_is_asked() -> None:
    trace = replace(GIVEN, over=FieldTrace(value="low", rule="built-in", location=""))
    said = "high <- owner rules.yaml:3, table owners row over low (built-in)"
    assert [str(trace), str(trace)] == [said, said]


def test_a_trace_made_of_one_that_was_asked_speaks_for_itself() -> None:
    assert str(GIVEN) == "high <- owner rules.yaml:3, table owners row"
    assert str(replace(GIVEN, value="low")) == "low <- owner rules.yaml:3, table owners row"


def test_asking_a_trace_leaves_it_equal_to_one_that_was_not_asked() -> None:
    trace, other = replace(GIVEN), replace(GIVEN)
    str(trace)
    assert (trace, repr(trace)) == (other, repr(other))


def test_a_long_value_is_cut_and_on_one_line_whatever_spaces_it_has() -> None:
    said = str(replace(GIVEN, value="a  \n" * 10_000)).partition(" <- ")[0]
    assert said == ("a " * LONGEST_TOLD)[: LONGEST_TOLD - 1] + "…"
