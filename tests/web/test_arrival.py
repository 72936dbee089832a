"""When a request is there in whole: never too early for gunicorn's own parser, never too late."""

from collections.abc import Iterator

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.arrival import MAX_HEAD, Arrival, Progress

HEAD = b"POST /webhooks/am HTTP/1.1\r\nHost: x\r\n"
MAX_BODY = 1000


def measured(body: bytes, name: bytes = b"Content-Length") -> bytes:
    return HEAD + b"%s: %d\r\n\r\n%s" % (name, len(body), body)


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    said = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + said + b"0\r\n" + trailer + b"\r\n"


def progress(*parts: bytes) -> Progress:
    arrival = Arrival(max_body=MAX_BODY)
    return [arrival.add(part) for part in parts][-1]


ZEROS = b"0" * 30  # gunicorn counts them as nothing, however many they are

WHOLE = [
    HEAD + b"\r\n",
    measured(b""),
    measured(b"body"),
    measured(b"\r\n\r\n"),
    measured(b"b", b"CONTENT-length"),
    measured(b"x" * MAX_BODY),
    chunked(),
    chunked(b"one", b"two\r\n0\r\n\r\n"),
    chunked(b"x" * MAX_BODY),
    chunked(b"one", trailer=b"X-Sum: 1\r\nX-Other: 2\r\n"),
    HEAD + b"Content-Length: " + ZEROS + b"4\r\n\r\nbody",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + ZEROS + b"4\r\nbody\r\n" + ZEROS + b"\r\n\r\n",
]


@pytest.mark.parametrize("request_", WHOLE)
def test_a_request_is_whole_at_its_last_byte_and_not_before(request_: bytes) -> None:
    arrival = Arrival(max_body=MAX_BODY)
    progresses = [arrival.add(bytes([byte])) for byte in request_]
    assert progresses == [Progress.MORE] * (len(request_) - 1) + [Progress.WHOLE]
    assert bytes(arrival.received) == request_


@given(st.sampled_from(WHOLE), st.data())
def test_how_it_is_cut_on_the_way_does_not_matter(request_: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(request_)))
    assert progress(request_[:cut], request_[cut:]) is Progress.WHOLE
    assert progress(request_ + b"GET / HTTP/1.1\r\n") is Progress.WHOLE


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 1001\r\n\r\n",
        HEAD + b"Content-Length: 999999999999999999\r\n\r\n",
        chunked(b"x" * 500, b"y" * 501),
    ],
)
def test_a_body_over_the_limit_is_not_waited_for(request_: bytes) -> None:
    assert progress(request_) is Progress.OVERSIZE


def test_a_chunk_that_claims_to_be_endless_is_cut_off_at_the_limit() -> None:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n"
    assert progress(head, b"x" * MAX_BODY) is Progress.MORE
    assert progress(head, b"x" * (MAX_BODY + 1)) is Progress.OVERSIZE


@pytest.mark.parametrize(
    "endless",
    [
        b"POST /" + b"a" * MAX_HEAD,
        HEAD + b"X-A: b\r\n" * (MAX_HEAD // 8),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-A: b\r\n" * (MAX_HEAD // 8 + 9),
    ],
)
def test_a_head_or_trailer_that_does_not_end_is_cut_off(endless: bytes) -> None:
    assert progress(endless) is Progress.ENDLESS


def test_a_sender_may_wait_to_be_told_to_send_the_body() -> None:
    arrival = Arrival(max_body=MAX_BODY)
    arrival.add(HEAD + b"Expect: 100-Continue\r\nContent-Length: 4\r\n\r\n")
    assert arrival.wants_continue


class _AskedForMore(Exception):
    """The parser wants what has not arrived: it would block a thread."""


def answered_by_gunicorn(received: bytes) -> None:
    """Have gunicorn's parser read head and body; what it refuses, it refuses at once."""

    def source() -> Iterator[bytes]:
        yield received
        raise _AskedForMore

    try:
        request = next(RequestParser(Config(), source(), ("127.0.0.1", 1)))
        request.body.read(MAX_BODY + 1)
    except (ParseException, OSError, StopIteration):
        pass


SIZES = st.sampled_from(
    [b"0", b"3", b"003", ZEROS + b"3", b"9" * 30, b"a", b"zz", b"-1", b"", b"3 ", b" 3", b"1_0"]
)
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b""])
NAMES = st.sampled_from(
    [b"Content-Length", b"content-length ", b" Content-Length", b"Transfer-Encoding", b"Expect"]
)
VALUES = SIZES | st.sampled_from([b"chunked", b"gzip, chunked", b"chunked, gzip", b"identity"])
HEADERS = st.builds(lambda n, v, e: n + b": " + v + e, NAMES, VALUES, ENDS)
CHUNKS = st.builds(lambda size, a, data, b: size + a + data + b, SIZES, ENDS, st.binary(), ENDS)


@given(st.lists(HEADERS, max_size=3), st.lists(CHUNKS, max_size=4), st.binary(max_size=30))
def test_what_is_handed_to_a_thread_never_makes_it_wait(
    headers: list[bytes], chunks: list[bytes], rest: bytes
) -> None:
    arrival = Arrival(max_body=MAX_BODY)
    received = b"POST / HTTP/1.1\r\n" + b"".join(headers) + b"\r\n" + b"".join(chunks) + rest
    if arrival.add(received) is Progress.WHOLE:
        answered_by_gunicorn(received)
