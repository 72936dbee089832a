"""Texts and values in the form that a ServiceOps body can carry."""

from html import escape

from bridge.backends.sendable import UNSENDABLE


def subject_line(text: str, token: str, longest: int) -> str:
    """Put the token at the end of one line; the text before it gives way."""
    mark = f"[{token}]"
    line = " ".join(text.replace(mark, "").split())
    room = longest - len(mark) - 1
    if len(line) > room:
        line = f"{line[: room - 1].rstrip()}…"
    return f"{line} {mark}".lstrip()


def fitted(text: str, tail: str, longest: int) -> str:
    """Put a tail below a text, which gives way where both are too long together."""
    room = longest - len(tail) - 2 if tail else longest
    head = text if len(text) <= room else f"{text[: max(room - 1, 0)].rstrip()}…"
    return "\n\n".join(part for part in (head, tail) if part)[:longest]


def as_html(text: str) -> str:
    """Write plain text as one paragraph, line for line."""
    lines = escape(UNSENDABLE.sub("", text), quote=False).replace("\n", "<br/>")
    return f"<p>{lines}</p>"
