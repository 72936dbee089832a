from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import report
from tests.bench.__main__ import DOCS, PAGE
from tests.bench.figures import Figure, at_least, at_most, ratio
from tests.bench.report import BEGIN, END, Measured
from tests.bench.svg import number, picture

GOOD = ratio("quick <accept>", [8.0, 9.0], [10.0, 10.0], at_least(0.65))
BAD = Figure(name="slow claim", values=(3.0, 2.0, 4.0), unit="ms", goal=at_most(1.5))
PLAIN = Figure(name="requests", values=(2345.6,), unit="requests/s")

BARS = "{http://www.w3.org/2000/svg}rect"


def measured(*figures: Figure, **changes: int) -> Measured:
    return Measured(
        title="Accepting",
        at="2026-01-05",
        rounds=changes.get("rounds", 3),
        rejected=changes.get("rejected", 0),
        machine={"processors": "2 x Abacus"},
        figures=figures,
    )


def test_a_goal_is_held_against_the_median() -> None:
    assert (GOOD.is_met, BAD.is_met, PLAIN.is_met) == (True, False, None)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    part = measured(GOOD, BAD, PLAIN)
    report.write(tmp_path, {"accept": part})
    assert report.read(tmp_path)["accept"].as_json() == part.as_json()


def test_nothing_was_measured_before_the_first_time(tmp_path: Path) -> None:
    assert report.read(tmp_path) == {}


def test_the_table_for_a_terminal_has_the_goal_beside_the_figure() -> None:
    lines = report.table(measured(GOOD, BAD, PLAIN, rejected=1)).splitlines()
    assert lines[0] == "Accepting (3 rounds, 1 left out)"
    assert lines[1].split("  ")[-1] == " goal >= 0.65: met"
    assert lines[2].endswith("goal <= 1.5: missed")
    assert "3 ms" in lines[2]
    assert "[2.5 .. 3.5]" in lines[2]
    assert "goal" not in lines[3]


def test_the_page_keeps_what_is_around_the_marks() -> None:
    page = f"# Before\n{BEGIN}\nold\n{END}\nafter\n"
    new = report.rewritten(page, {"accept": measured(BAD)})
    assert new.startswith(f"# Before\n{BEGIN}\n")
    assert new.endswith(f"\n{END}\nafter\n")
    assert "old" not in new
    assert "| slow claim | 3 ms | 2.5 to 3.5 | <= 1.5 | **missed** |" in new
    assert "3 rounds, 2026-01-05; processors 2 x Abacus." in new


def test_goals_come_first_and_everything_can_be_unfolded() -> None:
    block = report.block_of({"accept": measured(GOOD, PLAIN), "start": measured(PLAIN)})
    goals, *unfolded = block.split("<details>")
    assert "quick <accept>" in goals
    assert PLAIN.name not in goals
    assert ["2,346 requests/s" in part for part in unfolded] == [True, True]


def test_rounds_that_were_left_out_are_admitted() -> None:
    assert "1 lopsided left out" in report.block_of({"accept": measured(BAD, rejected=1)})


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        report.rewritten("# A page\n", {})


def test_the_page_shows_the_figures_that_were_kept() -> None:
    page = PAGE.read_text()
    assert page == report.rewritten(page, report.read(DOCS))


def test_the_picture_has_a_bar_for_each_goal_and_says_which_are_met() -> None:
    root = ElementTree.fromstring(picture([GOOD, BAD, PLAIN]))
    _paper, good, bad = root.iter(BARS)
    assert good.get("fill") != bad.get("fill")
    texts = "".join(root.itertext())
    assert "quick <accept>" in texts
    assert "requests" not in texts


def test_bars_are_scaled_by_their_goals() -> None:
    at_goal = Figure(name="a", values=(5.0,), goal=at_least(5.0))
    double = Figure(name="b", values=(0.2,), goal=at_most(0.1))
    beyond = Figure(name="c", values=(900.0,), goal=at_most(0.1))
    root = ElementTree.fromstring(picture([at_goal, double, beyond]))
    lengths = [float(bar.get("width", "")) for bar in root.iter(BARS)][1:]
    assert lengths[1] == pytest.approx(2 * lengths[0])
    assert lengths[2] == lengths[1]  # the picture ends there


@pytest.mark.parametrize(
    ("value", "said"), [(0.0123, "0.0123"), (1.0, "1"), (12.345, "12.3"), (12345.6, "12,346")]
)
def test_numbers_have_three_digits_that_matter(value: float, said: str) -> None:
    assert number(value) == said
