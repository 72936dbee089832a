"""One call to a desk: counted, timed, and what it says of the desk as a whole."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import structlog

from bridge.domain.errors import DeskError, ErrorKind, OutcomeUnknown
from bridge.telemetry import metrics

log = structlog.get_logger()

T = TypeVar("T")


class Contact(StrEnum):
    """What a delivery learned about the desk as a whole."""

    NONE = "none"  #: nothing was asked of it
    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    LOCKED_OUT = "locked_out"


def ask(backend: str, operation: str, call: Callable[[], T]) -> T:
    """Make a call; raise DeskError only, whatever went wrong inside the adapter."""
    started, outcome = time.perf_counter(), "ok"
    try:
        return call()
    except DeskError as error:
        outcome = error.kind.value
        raise
    except Exception as exc:
        outcome = ErrorKind.UNKNOWN.value
        log.exception("adapter failed", backend=backend, operation=operation)
        message = f"{backend}: {operation} failed inside the bridge ({type(exc).__name__})"
        raise OutcomeUnknown(message) from exc
    finally:
        metrics.DELIVERIES.labels(backend, operation, outcome).inc()
        metrics.DELIVERY_SECONDS.labels(backend, operation).observe(time.perf_counter() - started)


def contact_of(error: DeskError) -> Contact:
    """Say what a failure tells about the desk: a refusal is an answer too."""
    match error.kind:
        case ErrorKind.TRANSIENT | ErrorKind.UNKNOWN:
            return Contact.UNREACHABLE
        case ErrorKind.LOCKED_OUT:
            return Contact.LOCKED_OUT
        case ErrorKind.REFUSED | ErrorKind.GONE:
            return Contact.ANSWERED
