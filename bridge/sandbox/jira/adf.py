"""Atlassian Document Format, as strictly as Jira takes it.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bridge.sandbox.jira.refusals import BadRequest

INVALID: Final = "INVALID_INPUT"
#: Nodes that hold lines of text, and those that a line may hold.
_BLOCKS: Final = ("paragraph", "codeBlock", "heading")
_MARKS: Final = ("link", "strong", "em", "code", "strike", "underline")


def text_in(said: object) -> str:
    """Read a document of paragraphs, code blocks and headings; BadRequest if it is not valid."""
    if not isinstance(said, Mapping) or said.get("type") != "doc" or said.get("version") != 1:
        raise BadRequest(INVALID)
    blocks = said.get("content")
    if not isinstance(blocks, list) or set(said) != {"type", "version", "content"}:
        raise BadRequest(INVALID)
    return "\n\n".join(_block(block) for block in blocks)


def document_of(text: str) -> Mapping[str, object]:
    """Show a text as a document."""
    paragraphs = text.split("\n\n") if text else []
    return {"type": "doc", "version": 1, "content": [_paragraph(part) for part in paragraphs]}


def _paragraph(text: str) -> Mapping[str, object]:
    nodes: list[object] = []
    for number, line in enumerate(text.split("\n")):
        nodes += [{"type": "hardBreak"}] if number else []
        nodes += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": nodes}


def _block(said: object) -> str:
    if not isinstance(said, Mapping) or said.get("type") not in _BLOCKS:
        raise BadRequest(INVALID)
    if not set(said) <= {"type", "content", "attrs"}:
        raise BadRequest(INVALID)
    nodes = said.get("content", [])
    if not isinstance(nodes, list):
        raise BadRequest(INVALID)
    is_code = said["type"] == "codeBlock"
    return "".join(_inline(node, is_code=is_code) for node in nodes)


def _inline(said: object, *, is_code: bool) -> str:
    match said:
        case {"type": "hardBreak"} if not is_code:
            return "\n"
        case {"type": "text", "text": str() as text, **others} if text:
            # Lines of a paragraph are parted by nodes; only code holds line feeds.
            if others.keys() - {"marks"} or ("\n" in text and not is_code):
                raise BadRequest(INVALID)
            _check_marks(others.get("marks", []), is_code=is_code)
            return text
        case _:
            raise BadRequest(INVALID)


def _check_marks(said: object, *, is_code: bool) -> None:
    marks: Sequence[object] = said if isinstance(said, list) else [said]
    for mark in marks:
        if is_code or not isinstance(mark, Mapping) or mark.get("type") not in _MARKS:
            raise BadRequest(INVALID)
        attrs = mark.get("attrs")
        href = attrs.get("href") if isinstance(attrs, Mapping) else None
        if mark["type"] == "link" and not (isinstance(href, str) and href):
            raise BadRequest(INVALID)
