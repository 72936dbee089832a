"""Whose address counts when there are proxies on the way."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.address import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # anyone can write that header
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "192.0.2.7:51000", "192.0.2.7"),
        ("10.0.0.1", "[2001:db8::1]:51000", "2001:db8::1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7, unknown", None),
        ("10.0.0.1", "192.0.2.7,,", "192.0.2.7"),
        ("", "192.0.2.7", None),
    ],
)
def test_the_nearest_address_that_is_no_proxy_counts(
    peer: str, forwarded_for: str, client: str | None
) -> None:
    found = client_address(peer, forwarded_for, TRUSTED)
    assert (str(found) if found else None) == client


@given(st.text(), st.text(alphabet="0123456789.:,[] abcf"))
def test_no_header_is_a_crash(peer: str, forwarded_for: str) -> None:
    client_address(peer, forwarded_for, TRUSTED)
    client_address("10.0.0.1", forwarded_for, TRUSTED)


@given(st.ip_addresses(v=4), st.text(alphabet="0123456789.:,[] abcf"))
def test_no_header_of_a_stranger_changes_who_it_is(stranger: object, forwarded_for: str) -> None:
    if not str(stranger).startswith("10."):
        assert client_address(str(stranger), forwarded_for, TRUSTED) == stranger
