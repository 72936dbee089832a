"""The one HTTP client: what each failure at the wire means."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from bridge.backends.desk import Limits
from bridge.backends.http import MAX_ANSWER_BYTES, Call, FilePart, HttpClient
from bridge.backends.sending import Connection
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.telemetry.logging import register_secret
from tests.backends.raw_server import Answer, Behaviour, answer, closed_port, raw_server

ASK = Call(operation="read", method="GET", path="/ticket/7", repeatable=True)
WRITE = Call(operation="create", method="POST", path="/ticket", json={"a": 1}, repeatable=False)

Connect = Callable[..., HttpClient]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make clients of an address that end with the test."""
    clients: list[HttpClient] = []

    def make(url: str, *, timeout_ms: int = 5000, proxy: str | None = None) -> HttpClient:
        limits = Limits(timeout=timedelta(milliseconds=timeout_ms))
        clients.append(HttpClient("desk", Connection(url=url, limits=limits, proxy=proxy)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


#: what happens -> what it means for a call that may be repeated, and for one that may not
MEANINGS: list[tuple[str, Answer, type[DeskError], type[DeskError]]] = [
    ("reset before", Behaviour.RESET_BEFORE, DeskUnavailable, OutcomeUnknown),
    ("reset after", Behaviour.RESET_AFTER, DeskUnavailable, OutcomeUnknown),
    ("closed without an answer", Behaviour.CLOSE_AFTER, DeskUnavailable, OutcomeUnknown),
    ("cut off", Behaviour.CUT_OFF, DeskUnavailable, OutcomeUnknown),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", DeskUnavailable, OutcomeUnknown),
    ("301", answer(301, headers={"Location": "/login"}), DeskLockedOut, DeskLockedOut),
    ("302", answer(302, headers={"Location": "http://192.0.2.1/"}), DeskLockedOut, DeskLockedOut),
    ("307", answer(307, headers={"Location": "/ticket/"}), DeskLockedOut, DeskLockedOut),
    ("400", answer(400), TicketRefused, TicketRefused),
    ("401", answer(401), DeskLockedOut, DeskLockedOut),
    ("403", answer(403), DeskLockedOut, DeskLockedOut),
    ("404", answer(404), DeskLockedOut, DeskLockedOut),
    ("405", answer(405), DeskLockedOut, DeskLockedOut),
    ("407", answer(407), DeskLockedOut, DeskLockedOut),
    ("408", answer(408), DeskUnavailable, OutcomeUnknown),
    ("413", answer(413), TicketRefused, TicketRefused),
    ("422", answer(422), TicketRefused, TicketRefused),
    ("429", answer(429), DeskUnavailable, DeskUnavailable),
    ("500", answer(500), DeskUnavailable, OutcomeUnknown),
    ("502", answer(502), DeskUnavailable, OutcomeUnknown),
    ("503", answer(503), DeskUnavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(
    ("said", "repeatable", "not_repeatable"),
    [case[1:] for case in MEANINGS],
    ids=[case[0] for case in MEANINGS],
)
def test_what_a_failure_means(
    connect: Connect, said: Answer, repeatable: type[DeskError], not_repeatable: type[DeskError]
) -> None:
    for call, meaning in ((ASK, repeatable), (WRITE, not_repeatable)):
        with raw_server(said) as server, pytest.raises(DeskError) as caught:
            connect(server.url).send(call)
        assert type(caught.value) is meaning
        assert str(caught.value).startswith(f"desk: {call.operation} ")


@pytest.mark.parametrize("call", [ASK, WRITE], ids=["repeatable", "not repeatable"])
def test_a_refused_connection_changed_nothing(connect: Connect, call: Call) -> None:
    with pytest.raises(DeskUnavailable, match=r"^desk: \w+ cannot be reached: .*refused"):
        connect(f"http://127.0.0.1:{closed_port()}").send(call)


@pytest.mark.parametrize(
    ("call", "meaning"), [(ASK, DeskUnavailable), (WRITE, OutcomeUnknown)], ids=["ask", "write"]
)
@pytest.mark.timeout(10)
@pytest.mark.parametrize("behaviour", [Behaviour.HANG, Behaviour.TRICKLE], ids=["hang", "trickle"])
def test_patience_ends_with_the_timeout(
    connect: Connect, behaviour: Behaviour, call: Call, meaning: type[DeskError]
) -> None:
    with raw_server(behaviour) as server, pytest.raises(meaning, match=r"no answer within 0\.3 s"):
        connect(server.url, timeout_ms=300).send(call)


@pytest.mark.parametrize(
    ("call", "meaning"), [(ASK, DeskUnavailable), (WRITE, OutcomeUnknown)], ids=["ask", "write"]
)
def test_an_endless_answer_is_not_read_to_its_end(
    connect: Connect, call: Call, meaning: type[DeskError]
) -> None:
    with raw_server(Behaviour.FLOOD) as server, pytest.raises(meaning, match=str(MAX_ANSWER_BYTES)):
        connect(server.url, timeout_ms=30_000).send(call)


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_page_of_a_ticket_is_a_missing_ticket(connect: Connect, status: int) -> None:
    with raw_server(answer(status)) as server, pytest.raises(TicketGone):
        connect(server.url).send(replace(ASK, names_ticket=True))


def test_a_status_that_a_call_takes_for_an_answer_is_given_back(connect: Connect) -> None:
    with raw_server(answer(400, b"no")) as server:
        reply = connect(server.url).send(replace(WRITE, answers=(400,)))
        assert (reply.status, reply.body) == (400, b"no")
        with pytest.raises(TicketRefused):
            connect(server.url).send(replace(WRITE, answers=(409,)))


def test_an_overloaded_desk_says_when_to_come_back(connect: Connect) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    said = {
        "seconds": answer(429, headers={"Retry-After": "7"}),
        "date": answer(429, headers={"Retry-After": format_datetime(later, usegmt=True)}),
        "past": answer(429, headers={"Retry-After": "Mon, 05 Jan 2015 12:00:00 GMT"}),
        "absurd": answer(429, headers={"Retry-After": "99999999999"}),
        "nonsense": answer(429, headers={"Retry-After": "soon"}),
        "503": answer(503, headers={"Retry-After": "9"}),
        "no number": answer(429, headers={"Retry-After": "\u00b2"}).replace(b"\xc2", b""),
        "too long": answer(429, headers={"Retry-After": "9" * 5000}),
        "no zone": answer(429, headers={"Retry-After": f"Mon, 05 Jan 2015 12:00:00 +{'9' * 20}"}),
    }
    pauses = {}
    for name, raw in said.items():
        with raw_server(raw) as server, pytest.raises(DeskUnavailable) as caught:
            connect(server.url).send(ASK)
        pauses[name] = caught.value.retry_after
    by_date = pauses.pop("date")
    assert by_date is not None
    assert timedelta(minutes=50) < by_date <= timedelta(hours=1)
    assert pauses == {
        "seconds": timedelta(seconds=7),
        "past": timedelta(0),
        "absurd": timedelta(days=1),
        "nonsense": None,
        "503": timedelta(seconds=9),
        "no number": None,
        "too long": None,
        "no zone": None,
    }


@pytest.mark.parametrize(
    "body",
    [b"<html>Please log in</html>", b"", b"[1]", b'"text"', b'"{"', b"null", b"\xff\xfe"],
    ids=["html", "nothing", "list", "text", "half", "null", "no UTF-8"],
)
def test_an_answer_that_is_no_object_leaves_a_write_in_doubt(connect: Connect, body: bytes) -> None:
    with raw_server(answer(200, body)) as server:
        client = connect(server.url)
        with pytest.raises(OutcomeUnknown, match="no JSON object"):
            client.send(WRITE).object()
        with pytest.raises(DeskUnavailable, match="no JSON object"):
            client.send(ASK).object()


def test_json_wrapped_into_a_json_string_is_read(connect: Connect) -> None:
    wrapped = orjson.dumps(orjson.dumps({"id": 7}).decode())
    with raw_server(answer(200, wrapped)) as server:
        assert connect(server.url).send(ASK).object() == {"id": 7}


def test_an_answer_in_chunks_or_compressed_is_read(connect: Connect) -> None:
    body = orjson.dumps({"rows": [f"row {n}" for n in range(50_000)]})
    half = len(body) // 2
    parts = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:], b"")]
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts)
    zipped = answer(200, gzip.compress(body), {"Content-Encoding": "gzip"})
    with raw_server(chunked, zipped, answer()) as server:
        client = connect(server.url)
        assert [client.send(ASK).body, client.send(ASK).body] == [body, body]
        client.send(ASK)
    assert server.connections == 1


def test_a_refusal_over_http_200_carries_the_desks_words(connect: Connect) -> None:
    with raw_server(answer()) as server:
        reply = connect(server.url).send(WRITE)
    with pytest.raises(TicketRefused, match="desk: create refused: no such category"):
        reply.refuse("no such category")


def test_an_error_quotes_the_beginning_of_the_answer_on_one_line(connect: Connect) -> None:
    body = b"Bad\r\n  category\0 " + b"x" * 5000
    with raw_server(answer(400, body)) as server, pytest.raises(TicketRefused) as caught:
        connect(server.url).send(WRITE)
    assert "Bad category" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_no_secret_reaches_an_error(connect: Connect) -> None:
    register_secret("s3cr3t/key+1")
    said: list[Answer] = [
        answer(status, b"the key s3cr3t/key+1, s3cr3t%2Fkey%2B1, is wrong")
        for status in (200, 302, 400, 401, 404, 429, 500)
    ]
    for raw in [*said, Behaviour.RESET_AFTER]:
        call = replace(WRITE, path="/?key=s3cr3t/key+1", headers={"X-Key": "s3cr3t/key+1"})
        with raw_server(raw) as server, pytest.raises(DeskError) as caught:
            connect(server.url).send(call).object()
        assert "s3cr3t" not in str(caught.value)
        assert "s3cr3t" not in repr(replace(call, path="/"))


def test_a_secret_that_the_quotation_cuts_in_two_is_hidden_all_the_same(connect: Connect) -> None:
    register_secret("another-s3cr3t-of-some-length")
    body = b"x" * 290 + b"another-s3cr3t-of-some-length"
    with raw_server(answer(400, body)) as server, pytest.raises(TicketRefused) as caught:
        connect(server.url).send(WRITE)
    assert "another" not in str(caught.value)


def test_a_secret_in_an_unreachable_address_reaches_no_error(connect: Connect) -> None:
    register_secret("s3cr3t-in-path")
    with pytest.raises(DeskUnavailable) as caught:
        connect(f"http://127.0.0.1:{closed_port()}").send(replace(ASK, path="/s3cr3t-in-path"))
    assert "s3cr3t" not in str(caught.value)


def test_a_call_is_sent_as_it_says(connect: Connect) -> None:
    with raw_server(answer()) as server:
        call = replace(WRITE, query={"size": "1 2"}, headers={"Authorization": "Apikey abc"})
        connect(server.url).send(call)
    (sent,) = server.received
    assert (sent.method, sent.target) == ("POST", "/ticket?size=1+2")
    assert orjson.loads(sent.body) == {"a": 1}
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["accept"] == "application/json"
    assert sent.headers["authorization"] == "Apikey abc"


def test_a_form_is_sent_as_multipart(connect: Connect) -> None:
    call = Call(
        operation="log-in",
        method="POST",
        path="/t",
        form={"grant_type": "password"},
        repeatable=True,
    )
    with raw_server(answer()) as server:
        connect(server.url).send(call)
    (sent,) = server.received
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="grant_type"\r\n\r\npassword\r\n' in sent.body
    assert b"filename" not in sent.body


def test_content_is_sent_as_it_is_with_its_own_type(connect: Connect) -> None:
    headers = {"Content-Type": "text/plain"}
    call = replace(WRITE, json=None, content=b"\x00\xff", headers=headers)
    with raw_server(answer()) as server:
        connect(server.url).send(call)
    (sent,) = server.received
    assert (sent.headers["content-type"], sent.body) == ("text/plain", b"\x00\xff")


def test_files_are_sent_as_parts_after_the_texts(connect: Connect) -> None:
    call = Call(
        operation="upload",
        method="POST",
        path="/t",
        form={"comment": "see it"},
        files=[
            FilePart(part="file", name="a.csv", content=b"\x00\xff;1", type="text/csv"),
            FilePart(part="file", name='"ü".txt', content=b"", type="text/plain"),
        ],
        repeatable=False,
    )
    with raw_server(answer()) as server:
        connect(server.url).send(call)
    (sent,) = server.received
    _, _, boundary = sent.headers["content-type"].partition("multipart/form-data; boundary=")
    assert sent.body.split(f"--{boundary}".encode()) == [
        b"",
        b'\r\nContent-Disposition: form-data; name="comment"\r\n\r\nsee it\r\n',
        b'\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n\x00\xff;1\r\n",
        '\r\nContent-Disposition: form-data; name="file"; filename="%22ü%22.txt"\r\n'
        "Content-Type: text/plain\r\n\r\n\r\n".encode(),
        b"--\r\n",
    ]


def test_a_file_with_a_name_that_no_header_can_say_changed_nothing(connect: Connect) -> None:
    file = FilePart(part="file", name="\ud800.txt", content=b"", type="text/plain")
    with raw_server() as server, pytest.raises(TicketRefused, match="cannot be sent: "):
        connect(server.url).send(replace(WRITE, json=None, files=[file]))
    assert not server.received


def test_a_cookie_is_not_sent_back(connect: Connect) -> None:
    with raw_server(answer(headers={"Set-Cookie": "session=1; Path=/"})) as server:
        client = connect(server.url)
        client.send(ASK)
        client.send(ASK)
    assert [sent.headers.get("cookie") for sent in server.received] == [None, None]


def test_a_connection_is_used_again_even_after_a_refusal(connect: Connect) -> None:
    with raw_server(answer(400, b"x" * 100_000), answer()) as server:
        client = connect(server.url)
        with pytest.raises(TicketRefused):
            client.send(ASK)
        client.send(ASK)
        client.send(ASK)
    assert server.connections == 1


def test_a_connection_that_the_desk_has_closed_is_not_used_again(connect: Connect) -> None:
    with raw_server(answer(headers={"Connection": "close"})) as server:
        client = connect(server.url)
        client.send(WRITE)
        client.send(WRITE)
    assert server.connections == 2


def test_the_proxy_of_the_environment_is_not_used(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    with raw_server(answer(200, {"id": 1})) as server:
        assert connect(server.url).send(ASK).object() == {"id": 1}


def test_the_netrc_file_is_not_used(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("home") / "netrc"
    file.write_text("machine 127.0.0.1 login someone password s3cr3t-of-netrc\n")
    monkeypatch.setenv("NETRC", str(file))
    with raw_server(answer()) as server:
        connect(server.url).send(ASK)
    assert "authorization" not in server.received[0].headers


def test_the_configured_proxy_is_used(connect: Connect) -> None:
    with raw_server(answer(200, {"id": 1})) as proxy:
        client = connect("http://desk.invalid", proxy=proxy.url)
        assert client.send(ASK).object() == {"id": 1}
    assert proxy.received[0].target == "http://desk.invalid/ticket/7"


def test_a_proxy_that_is_down_changed_nothing(connect: Connect) -> None:
    client = connect("http://desk.invalid", proxy=f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(DeskUnavailable, match="cannot be reached"):
        client.send(WRITE)


def test_a_body_that_no_json_can_say_changed_nothing(connect: Connect) -> None:
    with raw_server(answer()) as server:
        client = connect(server.url)
        for body in ({"subject": "\ud800"}, {"count": 2**80}):
            with pytest.raises(DeskError):
                client.send(replace(WRITE, json=body))
    assert server.received == []


@pytest.mark.parametrize("value", ["Speicher \u2013 voll", "a\r\nX-Evil: 1", " a"])
def test_a_header_that_cannot_be_sent_is_no_desk_that_is_down(connect: Connect, value: str) -> None:
    with raw_server(answer()) as server, pytest.raises(TicketRefused, match="cannot be sent: "):
        connect(server.url).send(replace(WRITE, headers={"X-Title": value}))
    assert server.received == []


def test_a_redirect_is_not_followed(connect: Connect) -> None:
    with (
        raw_server(answer(302, headers={"Location": "/login"})) as server,
        pytest.raises(DeskLockedOut, match="check `url:`"),
    ):
        connect(server.url).send(WRITE)
    assert [sent.target for sent in server.received] == ["/ticket"]
