"""The server below a stand-in desk: its port, its connections, its end."""

import socket
from urllib.parse import urlsplit

import pytest
import requests

from bridge.sandbox import SANDBOXES, Sandbox
from tests.sandbox.calls import KEY, gen1_incident, log_ticket


def port_of(desk: Sandbox) -> int:
    port = urlsplit(desk.url).port
    assert port is not None
    return port


def test_there_is_a_desk_for_each_vendor() -> None:
    assert set(SANDBOXES) == {"summit", "serviceops", "servicenow", "jira"}


def test_a_desk_listens_on_loopback_only(summit: Sandbox) -> None:
    assert urlsplit(summit.url).hostname == "127.0.0.1"


def test_a_port_that_is_taken_is_named(summit: Sandbox) -> None:
    port = port_of(summit)
    with pytest.raises(ValueError, match=f"port {port} is taken; choose another with --port"):
        SANDBOXES["summit"]().start(port)


def test_a_port_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="port 70000 is not to be had"):
        SANDBOXES["summit"]().start(70000)


def test_a_desk_is_served_once(summit: Sandbox) -> None:
    with pytest.raises(ValueError, match="stop it first"):
        summit.start()


def test_a_stopped_desk_refuses_connections_and_comes_back_with_its_tickets(
    summit: Sandbox, http: requests.Session
) -> None:
    number, port = log_ticket(summit, http), port_of(summit)
    summit.stop()
    with pytest.raises(requests.ConnectionError):
        http.get(summit.url + "/", timeout=5)
    summit.start(port)
    assert port_of(summit) == port
    assert http.get(f"{summit.url}/tickets/{number}", timeout=5).status_code == 200


def test_a_desk_may_be_stopped_twice(summit: Sandbox, http: requests.Session) -> None:
    summit.stop()
    summit.stop()
    with pytest.raises(requests.ConnectionError):
        http.get(summit.url + "/", timeout=5)


def read_answer(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        head = b"".join(iter(stream.readline, b"\r\n"))
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return head + stream.read(length)


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 4\r\n\r\nnone",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nnone\r\n0\r\n\r\n",
        b"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_is_kept_whatever_its_last_request_carried(
    summit: Sandbox, body: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", port_of(summit)), timeout=5) as connection:
        connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: desk\r\n" + body)
        if b"Expect" in body:
            assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert read_answer(connection).startswith(b"HTTP/1.1 404")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n")
        assert read_answer(connection).startswith(b"HTTP/1.1 200")


def test_a_kept_connection_ends_with_the_desk(summit: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", port_of(summit)), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n")
        assert read_answer(connection).startswith(b"HTTP/1.1 200")
        summit.stop()
        assert connection.recv(1) == b""


def test_the_head_of_an_answer_comes_without_its_body(summit: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", port_of(summit)), timeout=5) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as stream:
            answer = stream.read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")


def test_nothing_is_written_while_calls_come_in(
    serviceops: Sandbox, http: requests.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    url = serviceops.url + "/api/v1/incident"
    for headers in (KEY, {}):
        http.post(url, json=gen1_incident(), headers=headers, timeout=5)
    http.post(serviceops.url + "/_sandbox/faults", json={"fail": ["reset"]}, timeout=5)
    with pytest.raises(requests.ConnectionError):
        http.post(url, json=gen1_incident(), headers=KEY, timeout=5)
    serviceops.stop()
    assert capfd.readouterr() == ("", "")
