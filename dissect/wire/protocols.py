"""Numbers of link types, ethertypes and IP protocols, and what frames of them are counted as."""

from __future__ import annotations

ETHERNET = 1
RAW = (12, 14, 101, 228, 229)
"""LINKTYPE_RAW as it is and as some systems number it, LINKTYPE_IPV4, LINKTYPE_IPV6."""
NULL, LOOP = 0, 108
COOKED, COOKED2 = 113, 276

IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
VLANS = (0x8100, 0x88A8, 0x9100, 0x9200)
MPLS = (0x8847, 0x8848)
BRIDGED, PPPOE, ERSPAN2, ERSPAN3, PPP = 0x6558, 0x8864, 0x88BE, 0x22EB, 0x880B

FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""AF_INET, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS."""

TCP, UDP, IP_IN_IP, IPV6_IN_IP, GRE, ETHER_IP, MPLS_IN_IP = 6, 17, 4, 41, 47, 97, 137
HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION = 0, 43, 44, 51, 60
EXTENSIONS = (HOP_BY_HOP, ROUTING, AUTHENTICATION, DESTINATION)
"""IPv6 extension headers that say where the next header starts."""
WRAPPERS = (IP_IN_IP, IPV6_IN_IP, GRE, ETHER_IP, MPLS_IN_IP, FRAGMENT, *EXTENSIONS)
"""IP protocols that may hold TCP further in."""

VXLAN = (4789, 8472)
"""UDP ports: IANA's, and the one Linux used before."""

ETHERTYPE_NAMES = {ARP: "arp", 0x88CC: "lldp"}
PROTOCOL_NAMES = {1: "icmp", 2: "igmp", UDP: "udp", 50: "esp", 58: "icmpv6", 89: "ospf", 132: "sctp"}

MAPPED = 0xFFFF << 32
"""IPv4 addresses are ::ffff:a.b.c.d."""


def ethertype_name(number: int) -> str:
    """What a frame of this ethertype is counted as."""
    return ETHERTYPE_NAMES.get(number, f"ethertype 0x{number:04x}" if number >= 0x600 else "llc")


def protocol_name(number: int) -> str:
    """What a packet of this IP protocol is counted as."""
    return PROTOCOL_NAMES.get(number, f"ip protocol {number}")
