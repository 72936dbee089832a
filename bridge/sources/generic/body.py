"""Bodies as senders wrap them: JSON under any name, forms, and JSON inside a string of JSON."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import IO

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonValue
from bridge.sources.reading import read_json

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

#: More fields than any sender has, and few enough to be read at once.
MAX_FIELDS = 1000


def read_body(body: bytes, content_type: str) -> JsonValue:
    """Read a body; a form becomes an object of texts. Raise MalformedBody when it is neither."""
    kind, options = parse_options_header(content_type)
    kind = kind.lower()
    # `curl -d` calls everything a form; nobody's form begins like a JSON object or list.
    if kind in _FORMS and body.lstrip()[:1] not in (b"{", b"["):
        return _read_form(body, kind, options)
    return read_json(body)


def unfold(said: JsonValue, path: Sequence[str]) -> None:
    """Replace the text at a path by the JSON it holds, if any; `name[]` goes through a list."""
    *way, last = path
    holders = [said]
    for step in way:
        holders = [inner for holder in holders for inner in _below(holder, step)]
    for holder in holders:
        text = holder.get(last) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and isinstance(text, str):
            holder[last] = _json_in(text)


def _below(holder: JsonValue, step: str) -> Iterable[JsonValue]:
    inner = holder.get(step.removesuffix("[]")) if isinstance(holder, dict) else None
    if not step.endswith("[]"):
        return (inner,)
    return inner if isinstance(inner, list) else ()


def _json_in(text: str) -> JsonValue:
    try:
        said = read_json(text.encode("utf-8", "surrogatepass"))
    except MalformedBody:
        return text
    return said if isinstance(said, dict | list) else text


def _read_form(body: bytes, kind: str, options: dict[str, str]) -> JsonValue:
    parser = FormDataParser(
        stream_factory=_in_memory,
        max_form_memory_size=len(body),
        max_form_parts=MAX_FIELDS,
        silent=False,
    )
    try:
        _, fields, files = parser.parse(BytesIO(body), kind, len(body), options)
    except (ValueError, HTTPException) as exc:
        raise MalformedBody(f"not {kind}: {_reason(exc)}") from exc
    told: dict[str, JsonValue] = {
        name: file.read().decode("utf-8", "replace") for name, file in files.items()
    }
    return {**told, **fields.to_dict()}


def _in_memory(*_args: object, **_kwargs: object) -> IO[bytes]:
    """Keep an uploaded file where the body is already: in memory."""
    return BytesIO()


def _reason(exc: ValueError | HTTPException) -> str:
    if isinstance(exc, HTTPException):
        return f"more than {MAX_FIELDS} fields"
    return str(exc)[:100] or "it cannot be taken apart"
