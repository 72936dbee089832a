"""The filters that templates have; each is linear in what it is given, and bounded."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import islice
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jinja2.filters as jinja
import orjson
from jinja2 import Undefined
from markupsafe import escape

from bridge.domain.span import parse_span
from bridge.expressions.cut import cut
from bridge.expressions.limits import MAX_ITEMS, MAX_MATCHES, MAX_WORK, TooMuch, check_time
from bridge.expressions.pattern import compile_pattern
from bridge.expressions.text import as_text

_AFTER_HOST = re.compile(r"[/?#]")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def host(value: object) -> str:
    """Take the host out of `host:port`, a URL or an IPv6 address in brackets."""
    text = _text(value).strip()
    if "://" in text:
        text = _AFTER_HOST.split(text.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    if text.startswith("["):
        return text[1:].partition("]")[0]
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() and ":" not in name else text


def map_words(value: object, words: Mapping[str, object], default: object = None) -> str:
    """Translate a word by `words`; what is not in it is `default`, or stays."""
    text = _text(value)
    return _text(words.get(text, text if default is None else default))


def regex_replace(value: object, pattern: str, replacement: str = "", count: int = 0) -> str:
    r"""Replace what an RE2 pattern matches; `\1` in the replacement is the first group."""
    text = _text(value)
    compiled = compile_pattern(pattern)
    matches = sum(1 for _ in islice(compiled.finditer(text), MAX_MATCHES + 1))
    if matches > MAX_MATCHES:
        message = f"the pattern matches more than {MAX_MATCHES} times"
        raise TooMuch(message)
    times = min(count, matches) if count > 0 else matches
    # Each reference to a group can give, over all matches, no more than the whole text.
    _allow(len(text) * (1 + replacement.count("\\")) + times * len(replacement))
    return str(compiled.sub(replacement, text, times)) if times else text


def truncate_chars(value: object, characters: int) -> str:
    """Cut to so many characters, ending in an ellipsis if something was cut."""
    return cut(_text(value), max(characters, 1))


def duration(value: object) -> str:
    """Write seconds, or a span like 90m, as 1h30m."""
    text = _text(value)
    seconds = round(parse_span(text).total_seconds() if text[-1:].isalpha() else float(text))
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def localtime(value: object, zone: str = "UTC") -> str:
    """Write a time in a zone, as 2026-01-05 13:00:00 CET."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return f"{aware.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}"
    except (ZoneInfoNotFoundError, ValueError, OverflowError) as exc:
        message = f"no time zone {zone!r}; write one like Europe/Paris"
        raise ValueError(message) from exc


def json(value: object) -> str:
    """Write any value as JSON."""
    allow_size(value)
    try:
        text = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z).decode()
    except orjson.JSONEncodeError as exc:
        raise (exc.__cause__ or exc) from exc
    _allow(len(text))
    return text


def string(value: object) -> str:
    """Write any value as a matcher would."""
    allow_size(value)
    return _text(value)


def rounded(value: object, digits: int = 0) -> float:
    """Round to so many digits after the point, or before it if negative."""
    return round(float(_text(value)), max(-15, min(digits, 15)))


def slug(value: object) -> str:
    """Write as lower-case letters, digits and dashes."""
    return _NOT_SLUG.sub("-", _text(value).lower()).strip("-")


def join(value: Iterable[object], by: str = "") -> str:
    """Join the items of a list into one text."""
    items = list(value)
    allow_size(items)
    texts = [_text(item) for item in items]
    _allow(sum(map(len, texts)) + len(texts) * len(by))
    return by.join(texts)


def replace(value: object, old: str, new: str) -> str:
    """Replace a text by another wherever it stands."""
    text = _text(value)
    if not old:
        raise ValueError("replace needs something to look for")
    _allow(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def bounded(items: Iterable[object]) -> Sequence[object]:
    """Give what a loop may go through; templates get it put around every loop."""
    taken = list(islice(items, MAX_ITEMS + 1))
    if len(taken) > MAX_ITEMS:
        message = f"a loop takes more than {MAX_ITEMS} turns"
        raise TooMuch(message)
    return taken


def _timed(work: Callable[..., object]) -> Callable[..., object]:
    """Look at the clock before a filter begins; none works long by itself."""

    @wraps(work)
    def timed(*args: object, **kwargs: object) -> object:
        check_time()
        return work(*args, **kwargs)

    return timed


_FILTERS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "abs": abs,
        "capitalize": jinja.do_capitalize,
        "default": jinja.do_default,
        "d": jinja.do_default,
        "dictsort": jinja.do_dictsort,
        "duration": duration,
        "e": escape,
        "escape": escape,
        "first": jinja.do_first,
        "float": jinja.do_float,
        "host": host,
        "int": jinja.do_int,
        "items": jinja.do_items,
        "join": join,
        "json": json,
        "last": jinja.do_last,
        "length": len,
        "localtime": localtime,
        "lower": jinja.do_lower,
        "map": map_words,
        "max": jinja.do_max,
        "min": jinja.do_min,
        "regex_replace": regex_replace,
        "replace": replace,
        "round": rounded,
        "slug": slug,
        "sort": jinja.do_sort,
        "string": string,
        "sum": jinja.do_sum,
        "title": jinja.do_title,
        "trim": jinja.do_trim,
        "truncate_chars": truncate_chars,
        "unique": jinja.do_unique,
        "upper": jinja.do_upper,
        "urlencode": jinja.do_urlencode,
        "wordcount": jinja.do_wordcount,
    }
)
FILTERS = {name: _timed(work) for name, work in _FILTERS.items()}


def allow_size(value: object) -> None:
    """Raise TooMuch when a value, with all that is in it, is larger than templates may handle."""
    _allow(_size(value))


def _size(value: object) -> int:
    match value:
        case str():
            return len(value)
        case Mapping():
            return sum(_size(key) + _size(inner) for key, inner in value.items())
        case list() | tuple():
            return sum(map(_size, value))
        case _:
            return 1


def _allow(characters: int) -> None:
    if characters > MAX_WORK:
        message = f"a value would have more than {MAX_WORK} characters"
        raise TooMuch(message)


def _text(value: object) -> str:
    if isinstance(value, Undefined):
        return str(value)  # raises, naming what is undefined
    if isinstance(value, datetime | timedelta):
        return str(value)
    return as_text(value)  # type: ignore[arg-type]  # templates hold JSON values only


def _plain(value: object) -> object:
    if isinstance(value, Undefined):
        return str(value)  # raises, naming what is undefined
    return dict(value) if isinstance(value, Mapping) else str(value)
