"""References to the environment and to files."""

from pathlib import Path

import pytest

from bridge.settings.interpolate import interpolate

ENVIRONMENT = {"NAME": "value", "EMPTY": "", "TWICE": "${NAME}"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${NAME}", "value"),
        ("a ${NAME} b ${NAME}", "a value b value"),
        ("${MISSING:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${NAME:-other}", "value"),
        ("${MISSING:-}", ""),
        ("$${NAME}", "${NAME}"),
        ("$5 and $NAME", "$5 and $NAME"),
        ("${TWICE}", "${NAME}"),
    ],
)
def test_a_reference_is_replaced_once(text: str, value: str) -> None:
    assert interpolate(text, ENVIRONMENT) == value


@pytest.mark.parametrize("text", ["${MISSING}", "${EMPTY}", "${}", "${1X}", "${A B}"])
def test_a_reference_without_a_value_names_itself_and_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="; ") as caught:
        interpolate(text, ENVIRONMENT)
    assert text.strip("${}") in str(caught.value)


def test_a_file_gives_its_text_without_the_newline_at_its_end(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("two\nlines \n")
    assert interpolate(f"${{file:{secret}}}", {}) == "two\nlines "


def test_a_file_that_cannot_be_read_is_named_and_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"\xff\xfe")
    for path in (secret, tmp_path / "gone"):
        with pytest.raises(ValueError, match=f"{path.name} cannot be read; check"):
            interpolate(f"${{file:{path}}}", {})
