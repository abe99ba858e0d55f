"""A run of PDUs as TCP carries them, and tying it to Scapy's TCP."""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scapy.packet import Packet, Padding, split_bottom_up

from dissect.layers.base import Layer, LayerList, about
from dissect.layers.headers import PDU_LENGTH, Pdu, UnknownPDU

PORTS = (104, 11112)
"""The ports registered for plain DICOM. What 2762 carries is TLS, and reads as nonsense without the keys."""


class UpperLayer(Layer):
    """What a TCP segment holds, or a stream put together from segments: PDUs, one after the other.

    They are a list, not a chain of payloads: Scapy goes through payloads by recursion, and a segment of
    64 KB holds more PDUs than Python allows calls in calls. `packet[P_DATA_TF]` finds the first of a kind
    all the same, and `packet[UpperLayer].pdus` has all.
    """

    name = "DICOM Upper Layer"
    reference = "PS3.8 9.1.1"
    meaning = "The PDUs that one TCP connection carries in one direction."
    fields_desc = [
        about(
            LayerList("pdus", PDU_LENGTH, lambda pdu_type: Pdu.by_type.get(pdu_type, UnknownPDU)),
            "PS3.8 9.3.1",
            "The PDUs in the order they were sent.",
        ),
    ]

    @classmethod
    def tcp_reassemble(cls, data: bytes, metadata: dict[str, Any], session: dict[str, Any]) -> Packet | None:
        """For Scapy's TCPSession: all PDUs that are complete in `data`; the beginning of the next is Padding.

        Where no PDU begins there is nothing to wait for, and when the connection ends there is no more to
        come: then all of `data` comes out as it is. PDUs are not given back one by one: after two of them
        TCPSession puts the rest of a third in the wrong place and fills up with zeros (Scapy 2.8).
        """
        end = 0
        while end < len(data):
            if data[end] not in Pdu.by_type:
                return cls(data)
            stop = PDU_LENGTH.stop(data, end)
            if stop is None or stop > len(data):
                break
            end = stop
        if end == len(data) or metadata.get("tcp_end"):
            return cls(data)
        if not end:
            return None  # and no "tcp_min_len": it keeps TCPSession from asking when the connection ends
        packet = cls(data[:end])
        packet.add_payload(Padding(data[end:]))
        return packet

    def mysummary(self) -> str:
        return ", ".join(pdu.mysummary() for pdu in self.pdus)


def bind(ports: Iterable[int] = PORTS) -> None:
    """Let Scapy read TCP from and to `ports` as DICOM: `rdpcap`, and `sniff(session=TCPSession)`.

    It goes before what was bound to these ports already: importing `scapy.contrib.dicom` does that.
    """
    from scapy.layers.inet import TCP  # deferred: imports half of Scapy, 0.3 s

    ends: list[tuple[dict[str, int], type[Packet]]] = []
    for port in ports:
        ends += [({"dport": port}, UpperLayer), ({"sport": port}, UpperLayer)]
    TCP.payload_guess = ends + TCP.payload_guess


def unbind() -> None:
    """Undo every `bind`."""
    from scapy.layers.inet import TCP

    split_bottom_up(TCP, UpperLayer)
