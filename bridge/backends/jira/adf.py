"""Texts as Atlassian Document Format, which Jira Cloud takes and gives instead of them.

https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

import re
from collections.abc import Mapping
from typing import Final

from bridge.domain.json import JsonObject, JsonValue

_ADDRESS: Final = re.compile(r"""(https?://[^\s<>"'()\[\]{}]*[^\s<>"'()\[\]{}.,;:!?])""")
#: Of more lines than these, each with its break, a document would be many times its text.
_MOST_BREAKS: Final = 2000
#: People nest lists and tables; nothing that is read deeper than this was meant to be read.
_DEEPEST: Final = 40
#: What stands between the parts of a block; between those of a line stands nothing.
_BETWEEN: Final = {
    "paragraph": "",
    "heading": "",
    "codeBlock": "",
    "bulletList": "\n",
    "orderedList": "\n",
    "listItem": "\n",
    "taskList": "\n",
    "taskItem": "",
    "table": "\n",
    "tableRow": " | ",
}
#: Where nodes without a text of their own keep what people see.
_SHOWN: Final = {"mention": "text", "emoji": "shortName", "inlineCard": "url", "status": "text"}


def document(text: str) -> JsonObject:
    """Write a text as a document: paragraphs at blank lines, line breaks, and links."""
    if text.count("\n") > _MOST_BREAKS:
        blocks: list[JsonValue] = [{"type": "codeBlock", "content": [_text(text)]}]
    else:
        blocks = [_paragraph(part) for part in text.split("\n\n")] if text else []
    return {"type": "doc", "version": 1, "content": blocks}


def text_of(node: JsonValue) -> str:
    """Read a document back as a text; what is no node says nothing."""
    return _text_of(node, 0)


def _paragraph(text: str) -> JsonValue:
    nodes: list[JsonValue] = []
    for number, line in enumerate(text.split("\n")):
        nodes += [{"type": "hardBreak"}] if number else []
        nodes += [_text(part) for part in _ADDRESS.split(line) if part]
    return {"type": "paragraph", "content": nodes}


def _text(text: str) -> JsonValue:
    if _ADDRESS.fullmatch(text) is None:
        return {"type": "text", "text": text}
    return {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": text}}]}


def _text_of(node: JsonValue, depth: int) -> str:
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return ""
    kind, attrs = node.get("type"), node.get("attrs")
    match kind:
        case "text":
            return str(node.get("text") or "")
        case "hardBreak":
            return "\n"
        case str() if kind in _SHOWN and isinstance(attrs, Mapping):
            return str(attrs.get(_SHOWN[kind]) or "")
        case _:
            content = node.get("content")
            parts = content if isinstance(content, list) else []
            between = _BETWEEN.get(str(kind), "\n\n")
            return between.join(_text_of(part, depth + 1) for part in parts)
