"""Which addresses a city may reach: public ones, and the single sockets that a lab allows (threats C1, C2)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from federation.errors import Forbidden, Unreachable
from federation.urls import normalise_host

Address = IPv4Address | IPv6Address
Resolve = Callable[..., Sequence[tuple[Any, ...]]]
"""As `socket.getaddrinfo`."""

PUBLIC_PORTS = {80, 443}

_UNICAST = IPv6Network("2000::/3")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
# Python's tables of special addresses differ from one release to the next: what matters is written down.
_NEVER = [
    ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3", "2001::/23", "2001:db8::/32", "3fff::/20",
    )
]  # fmt: skip


def unwrap(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries inside: mapped, compatible, NAT64, 6to4, Teredo; else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _COMPATIBLE or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else address


def is_public(address: Address) -> bool:
    """True for an address that anyone on the internet reaches, whatever it is wrapped in."""
    inner = unwrap(address)
    if isinstance(inner, IPv6Address) and inner not in _UNICAST:
        return False
    if inner.is_multicast or inner.is_reserved or not inner.is_global:
        return False
    return not any(inner in network for network in _NEVER if network.version == inner.version)


class Allowed:
    """The exceptions of tests and labs: `host:port` or `network/bits:port`, reached over plain http too."""

    def __init__(self, items: Sequence[str]) -> None:
        self._names: set[tuple[str, int]] = set()
        self._networks: list[tuple[IPv4Network | IPv6Network, int]] = []
        for item in items:
            host, _, port = item.strip().rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise ValueError(f"not host:port or network/bits:port: {item!r}")
            try:
                self._networks.append((ip_network(host.replace("[", "").replace("]", ""), strict=False), int(port)))
            except ValueError:
                self._names.add((normalise_host(host), int(port)))

    def uses(self, port: int) -> bool:
        """True if something may be reached at this port: else no name need be looked up."""
        return any(port == each for _, each in (*self._names, *self._networks))

    def __contains__(self, socket: tuple[str, Address | None, int]) -> bool:
        host, address, port = socket
        if (host, port) in self._names:
            return True
        return address is not None and any(
            port == allowed and network.version == address.version and address in network
            for network, allowed in self._networks
        )


class Resolver:
    """Looks a host up and lets through only what may be reached."""

    def __init__(self, allow: Sequence[str] = (), resolve: Resolve = socket.getaddrinfo) -> None:
        self.allowed = Allowed(allow)
        self._resolve = resolve

    def addresses(self, host: str, port: int, *, plain: bool) -> list[tuple[socket.AddressFamily, str]]:
        """The addresses of `host` to try in turn: literal ones, so that nothing is looked up a second time.

        Over plain http only what the lab allows. Raises `Forbidden` if none may be reached, `Unreachable` if the
        name has none.
        """
        host = host.strip("[]")
        try:
            found = self._resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable("door.name", host) from error
        fit: list[tuple[socket.AddressFamily, str]] = []
        for family, _, _, _, place in found:
            literal = str(place[0])
            if family in (socket.AF_INET, socket.AF_INET6) and self._may_reach(host, literal, port, plain):
                fit.append((family, literal))
        if not found:
            raise Unreachable("door.name", host)
        if not fit:
            raise Forbidden("door.address", host)
        return list(dict.fromkeys(fit))

    def _may_reach(self, host: str, literal: str, port: int, plain: bool) -> bool:
        address = ip_address(literal)
        if (host, address, port) in self.allowed:
            return True
        return not plain and port in PUBLIC_PORTS and is_public(address)
