"""How much of a request's body is read, and what of it is packed."""

import zlib
from collections.abc import Mapping

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

#: zlib's window bits: 16 adds gzip's frame, 32 would guess.
_WINDOWS: Mapping[str, int] = {
    "gzip": 16 + zlib.MAX_WBITS,
    "x-gzip": 16 + zlib.MAX_WBITS,
    "deflate": zlib.MAX_WBITS,
}
_RAW_DEFLATE = -zlib.MAX_WBITS


class Unpackable(BadRequest):
    """The body is not packed as its Content-Encoding says."""


class Bomb(RequestEntityTooLarge):
    """The body is small, and what is packed in it is not."""


def read_body(request: Request, max_body: int) -> bytes:
    """Give the whole body, read once; RequestEntityTooLarge if it is longer than `max_body`."""
    if (request.content_length or 0) > max_body:
        raise _too_large(max_body)
    # Werkzeug cuts a chunked body at its limit and calls it whole: one byte more shows the cut.
    request.max_content_length = max_body + 1
    body = request.get_data()
    if len(body) > max_body:
        raise _too_large(max_body)
    return body


def _too_large(max_body: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(
        f"the body is larger than {max_body} bytes; send less at once or raise `server.max_body`"
    )


def demand_known_encoding(request: Request) -> None:
    """Raise UnsupportedMediaType for a Content-Encoding that `unpacked` cannot read."""
    encoding = _encoding(request)
    if encoding and encoding not in _WINDOWS:
        raise UnsupportedMediaType("send the body as it is, or packed by gzip or deflate")


def unpacked(request: Request, body: bytes, max_body: int) -> bytes:
    """Give what is packed in the body; raise Unpackable, or Bomb over `max_body` bytes."""
    encoding = _encoding(request)
    if not encoding:
        return body
    window = _WINDOWS[encoding]
    if encoding == "deflate" and not _has_zlib_header(body):
        window = _RAW_DEFLATE  # what some senders take "deflate" for
    try:
        return _inflated(body, window, max_body)
    except (zlib.error, EOFError) as exc:
        raise Unpackable(f"the body is not packed by {encoding}, as its header says") from exc


def _inflated(packed: bytes, window: int, max_body: int) -> bytes:
    # One stream: reading many in a row would cost more than linear time.
    stream = zlib.decompressobj(window)
    body = stream.decompress(packed, max_body + 1)
    if len(body) > max_body:
        raise Bomb(
            f"the unpacked body is larger than {max_body} bytes; send less at once or raise "
            "`server.max_body`"
        )
    if not stream.eof or stream.unused_data:
        raise EOFError
    return body


def _has_zlib_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and (body[0] << 8 | body[1]) % 31 == 0


def _encoding(request: Request) -> str:
    encoding: str = request.environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    return "" if encoding == "identity" else encoding
