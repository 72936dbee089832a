"""Logs: an event name and fields, to stderr, with every known secret masked.

Modules log with `structlog.stdlib.get_logger(__name__)`; libraries' own records join the stream.
"""

import logging
import re
import sys
from collections.abc import Mapping
from html import escape
from json import dumps
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

#: Masking shorter words would hide half of every line and protect nobody.
SHORTEST_SECRET = 4

#: A wrong token may be an old one, or nearly the right one: it is nobody's business either.
_QUERY_TOKEN = re.compile(r"((?:^|[?&])token=)[^&#\s\"']+")

#: Chatter at INFO that says nothing about the bridge.
_QUIET = ("alembic", "urllib3", "werkzeug")

_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


def register_secret(secret: str) -> None:
    """Mask `secret` in every log line from now on, also where it is quoted for a URL or JSON."""
    global _pattern  # noqa: PLW0603  # the log stream is one per process, and so is what it hides
    if len(secret) < SHORTEST_SECRET:
        return
    _known.update(_spellings(secret))
    longest_first = sorted(_known, key=len, reverse=True)
    _pattern = re.compile("|".join(map(re.escape, longest_first)))


def masked(text: str) -> str:
    """Replace every known secret in a text, and whatever stands as a token in a URL."""
    text = without_tokens(text)
    return _pattern.sub(MASK, text) if _pattern is not None else text


def without_tokens(text: str) -> str:
    """Replace what stands as a token in a query string."""
    return _QUERY_TOKEN.sub(rf"\1{MASK}", text) if "token=" in text else text


def configure_logging(*, json: bool) -> None:
    """Send all logs of this process to stderr: JSON lines, or lines for people."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_described(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(json=json))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask known secrets in every field, however deep; what is not plain data becomes text."""
    return {key: _masked_value(value) for key, value in event.items()}


def _masked_value(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _writable(masked(str(value)))
        case Mapping():
            return {
                _writable(masked(str(key))): _masked_value(inner) for key, inner in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_masked_value(inner) for inner in value]
        case BaseException():
            return _writable(masked(str(value)))
        case _:
            return _writable(masked(repr(value)))


def _writable(text: str) -> str:
    """Spell out lone surrogates, which no stream can write."""
    return text.encode("utf-8", "backslashreplace").decode()


def _spellings(secret: str) -> set[str]:
    """Give the ways in which a desk or a library may quote a secret: JSON also within JSON."""
    in_json = {dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]}
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        escape(secret),
        repr(secret)[1:-1],
        *in_json,
        *(dumps(text)[1:-1] for text in in_json),
    }


def _described() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _formatter(*, json: bool) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_described(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            mask_secrets,
            renderer,
        ],
    )
