"""Where a request really comes from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """Give the nearest address that is no trusted proxy; None if there is none to be believed.

    Each proxy appends whom it talked to, so what stands left of an untrusted address is hearsay.
    """
    address = _read(peer)
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while address is not None and hops and is_in(address, trusted):
        address = _read(hops.pop())
    return address


def is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    """Say whether an address is in one of the networks."""
    return address is not None and any(address in network for network in networks)


def _read(text: str) -> Address | None:
    """Read an address as proxies write it, with or without a port."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
