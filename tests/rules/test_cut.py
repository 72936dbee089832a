"""Cutting: by characters as people count them, whatever they are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.expressions.cut import cut

FAMILY = "👨\u200d👩\u200d👧"
FLAGS = "🇫🇷🇩🇪🇮🇹"


@pytest.mark.parametrize(
    ("text", "characters", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abcd", 1, "…"),
        ("größer", 4, "grö…"),
        ("gro\u0308ßer", 4, "gr…"),  # ö of two code points
        ("gro\u0308ßer", 5, "gro\u0308…"),
        (f"ab{FAMILY}c", 5, "ab…"),
        (f"ab{FAMILY}cd", 8, f"ab{FAMILY}…"),
        ("a👍🏽b", 3, "a…"),
        ("a👍🏽bc", 4, "a👍🏽…"),
        (FLAGS, 4, "🇫🇷…"),
        (FLAGS, 5, "🇫🇷🇩🇪…"),
        (f"a{FLAGS}", 3, "a…"),
        ("a\r\nb", 3, "a…"),
        # Nobody reads these as one character: they are cut where they are too long.
        ("e" + "\u0301" * 100, 50, "e" + "\u0301" * 48 + "…"),
    ],
)
def test_a_text_is_cut_between_characters(text: str, characters: int, expected: str) -> None:
    assert cut(text, characters) == expected


@given(
    text=st.text(st.sampled_from(["a", "\u0301", "\u200d", "🇫", "🇷", "👍", "🏽", "\r", "\n"])),
    characters=st.integers(1, 30),
)
def test_what_is_cut_is_a_beginning_of_bounded_length(text: str, characters: int) -> None:
    said = cut(text, characters)
    assert len(said) <= characters
    assert said == text or (said.endswith("…") and text.startswith(said[:-1]))
