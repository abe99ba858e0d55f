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

        Bytes that do not begin with a PDU, and what is left when the connection ends, come out as they are.
        """
        end = 0
        while end < len(data) and data[end] in Pdu.by_type:
            stop = PDU_LENGTH.stop(data, end)
            if stop is None or stop > len(data):
                break
            end = stop
        if end == len(data) or metadata.get("tcp_end") or (not end and data[0] not in Pdu.by_type):
            return cls(data)
        if end:
            return cls(data[:end]) / Padding(data[end:])
        return None  # without a "tcp_min_len": it would keep the session from asking when the connection ends

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
