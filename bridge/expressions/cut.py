"""Cutting texts where a person would."""

import unicodedata

#: Characters that people read as one are rarely made of more than this.
_LONGEST_CHARACTER = 16
_JOINER = "\u200d"


def cut(text: str, characters: int) -> str:
    """Cut a text to so many characters, never inside one, saying so by an ellipsis."""
    if len(text) <= characters:
        return text
    end = characters - 1
    for start in range(end, max(end - _LONGEST_CHARACTER, 0), -1):
        if not _is_inside(text, start):
            end = start
            break
    return f"{text[:end]}…"


def _is_inside(text: str, at: int) -> bool:
    """Say whether a cut here would part what is read as one: é, a family, a flag, a line's end."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # the colours of skin
        return True
    if _is_flag(before) and _is_flag(after):
        begin = at
        while begin and at - begin < _LONGEST_CHARACTER and _is_flag(text[begin - 1]):
            begin -= 1
        return (at - begin) % 2 == 1  # two letters make one flag
    return before == "\r" and after == "\n"


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
