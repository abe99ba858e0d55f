"""Talk: a conversation of two AEs, kept as what each side wrote, cut into TCP segments at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.craft import dicom
from tests.craft.network import ACK, FIN, PSH, RST, SYN
from tests.craft.segments import SIDES, Segment, Side, write


@dataclass(frozen=True)
class _Event:
    side: Side
    time: int
    data: bytes
    flags: int = 0


class Speaker:
    """One side of a talk: what it says goes out in the order it is said, each call one write to TCP."""

    def __init__(self, talk: Talk, side: Side) -> None:
        self.talk = talk
        self.side = side
        self.limit = 16384
        """The largest P-DATA PDU the peer takes: what `data` keeps to unless told otherwise; 0: no limit."""

    def raw(self, data: bytes) -> None:
        """These bytes."""
        self.talk.say(self.side, data)

    def pdu(self, kind: int, body: bytes = b"\0\0\0\0", *, length: int | None = None) -> None:
        """Any PDU."""
        self.raw(dicom.pdu(kind, body, length=length))

    def pdvs(self, *pdvs: bytes) -> None:
        """One P-DATA-TF PDU of these PDVs."""
        self.raw(dicom.p_data(*pdvs))

    def command(self, context: int, *, fragment: int | None = None, **keywords: dicom.Value) -> None:
        """A command set, in one PDV unless `fragment` says how many bytes each may hold."""
        self._fragments(context, 1, dicom.command_set(**keywords), fragment)

    def data(self, context: int, data: bytes, *, fragment: int | None = None) -> None:
        """A data set, each fragment in a P-DATA-TF PDU of its own."""
        self._fragments(context, 0, data, fragment or (self.limit - 6 if self.limit else None))

    def _fragments(self, context: int, kind: int, data: bytes, size: int | None) -> None:
        size = size or max(len(data), 1)
        starts = range(0, max(len(data), 1), size)
        for start in starts:
            last = 2 if start == starts[-1] else 0
            self.pdvs(dicom.pdv(context, kind | last, data[start : start + size]))

    def acknowledge(self) -> None:
        """A TCP segment without data."""
        self.talk.say(self.side, b"", ACK)

    def fin(self) -> None:
        """The end of what this side sends."""
        self.talk.say(self.side, b"", FIN | ACK)

    def reset(self) -> None:
        """A TCP reset."""
        self.talk.say(self.side, b"", RST | ACK)


class Talk:
    """A TCP connection and what is said on it. Times are ns since the epoch; each write takes `step`."""

    def __init__(
        self,
        *,
        calling: str = "SCU",
        called: str = "SCP",
        port: int = 11112,
        requestor_port: int = 50000,
        addresses: tuple[str, str] = ("10.0.0.1", "10.0.0.2"),
        sequences: tuple[int, int] = (1000, 5000),
        start: int = 1_700_000_000_000_000_000,
        step: int = 1_000_000,
        handshake: bool = True,
    ) -> None:
        self.calling, self.called = calling, called
        self.ends = {"requestor": (addresses[0], requestor_port), "acceptor": (addresses[1], port)}
        self.sequences = dict(zip(SIDES, sequences, strict=True))
        self.time, self.step = start, step
        self.requestor, self.acceptor = Speaker(self, "requestor"), Speaker(self, "acceptor")
        self.events: list[_Event] = []
        if handshake:
            self.say("requestor", b"", SYN)
            self.say("acceptor", b"", SYN | ACK)
            self.requestor.acknowledge()

    def say(self, side: Side, data: bytes, flags: int = 0) -> None:
        """One write, or one segment that only carries flags."""
        self.events.append(_Event(side, self.time, data, flags))
        self.time += self.step

    def wait(self, seconds: float) -> None:
        """Nobody says anything."""
        self.time += round(seconds * 1_000_000_000)

    def associate(
        self,
        contexts: Sequence[tuple[int, str, Sequence[str]]],
        *,
        accept: Mapping[int, str | int] | None = None,
        max_rq: int | None = 16384,
        max_ac: int | None = 16384,
        extra_rq: bytes = b"",
        extra_ac: bytes = b"",
        version: int = 1,
    ) -> None:
        """A-ASSOCIATE-RQ and -AC. `accept` maps a context id to its transfer syntax or to a refusal's number.

        Without `accept` each context gets the first syntax it proposed; with it, ids left out get no answer.
        """
        rq = dicom.associate_rq(
            self.calling, self.called, contexts, maximum=max_rq, extra=extra_rq, version=version
        )
        answers = {key: syntaxes[0] for key, _, syntaxes in contexts} if accept is None else accept
        ac = dicom.associate_ac(
            self.calling, self.called, answers.items(), maximum=max_ac, extra=extra_ac, version=version
        )
        self.requestor.limit, self.acceptor.limit = max_ac or 0, max_rq or 0
        self.requestor.raw(rq)
        self.acceptor.raw(ac)

    def reject(
        self, contexts: Sequence[tuple[int, str, Sequence[str]]], result: int, source: int, reason: int
    ) -> None:
        """A-ASSOCIATE-RQ and -RJ; the requestor closes."""
        self.requestor.raw(dicom.associate_rq(self.calling, self.called, contexts))
        self.acceptor.raw(dicom.associate_rj(result, source, reason))
        self.close()

    def echo(self, context: int = 1, message_id: int = 1, *, status: int = 0) -> None:
        """C-ECHO-RQ and -RSP."""
        sop = dicom.VERIFICATION
        self.requestor.command(
            context,
            CommandField=0x0030,
            MessageID=message_id,
            AffectedSOPClassUID=sop,
            CommandDataSetType=0x0101,
        )
        self.acceptor.command(
            context,
            CommandField=0x8030,
            MessageIDBeingRespondedTo=message_id,
            AffectedSOPClassUID=sop,
            CommandDataSetType=0x0101,
            Status=status,
        )

    def store_request(
        self, context: int, message_id: int, *, sop: str = dicom.CT, **more: dicom.Value
    ) -> None:
        """The command of a C-STORE-RQ; its instance is 1.2.3.<message id> unless told otherwise."""
        keywords: dict[str, dicom.Value] = {
            "CommandField": 0x0001,
            "MessageID": message_id,
            "Priority": 0,
            "CommandDataSetType": 1,
            "AffectedSOPClassUID": sop,
            "AffectedSOPInstanceUID": f"1.2.3.{message_id}",
        }
        self.requestor.pdvs(dicom.pdv(context, 3, dicom.command_set(**(keywords | more))))

    def store_response(
        self, context: int, message_id: int, status: int = 0, *, sop: str = dicom.CT, **more: dicom.Value
    ) -> None:
        """A C-STORE-RSP."""
        keywords: dict[str, dicom.Value] = {
            "CommandField": 0x8001,
            "MessageIDBeingRespondedTo": message_id,
            "CommandDataSetType": 0x0101,
            "Status": status,
            "AffectedSOPClassUID": sop,
            "AffectedSOPInstanceUID": f"1.2.3.{message_id}",
        }
        self.acceptor.pdvs(dicom.pdv(context, 3, dicom.command_set(**(keywords | more))))

    def store(
        self, context: int, message_id: int, data: bytes, *, status: int = 0, fragment: int | None = None
    ) -> None:
        """A whole C-STORE of a CT image."""
        self.store_request(context, message_id)
        self.requestor.data(context, data, fragment=fragment)
        self.store_response(context, message_id, status)

    def release(self, *, close: bool = True) -> None:
        """A-RELEASE-RQ and -RP; the requestor closes (PS3.8 Table 9-8, AR-3)."""
        self.requestor.pdu(0x05)
        self.acceptor.pdu(0x06)
        if close:
            self.close()

    def abort(self, *, by: Side = "requestor", source: int = 0, reason: int = 0, close: bool = True) -> None:
        """A-ABORT; who receives it closes (PS3.8 Table 9-9, AA-3)."""
        self._speaker(by).raw(dicom.abort(source, reason))
        if close:
            self.close(by="acceptor" if by == "requestor" else "requestor")

    def close(self, *, by: Side = "requestor") -> None:
        """FIN, FIN, ACK."""
        first = self._speaker(by)
        second = self.acceptor if first is self.requestor else self.requestor
        first.fin()
        second.fin()
        first.acknowledge()

    def _speaker(self, side: Side) -> Speaker:
        return self.requestor if side == "requestor" else self.acceptor

    def stream(self, side: Side) -> bytes:
        """All that this side wrote."""
        return b"".join(event.data for event in self.events if event.side == side)

    def segments(self, *, mss: int = 1460, acks: bool = False) -> list[Segment]:
        """The talk as TCP segments; with `acks` the peer acknowledges every write in a segment of its own."""
        positions = dict(self.sequences)
        found: list[Segment] = []

        def add(side: Side, time: int, flags: int, payload: bytes = b"") -> None:
            peer: Side = "acceptor" if side == "requestor" else "requestor"
            acknowledged = positions[peer] if flags & ACK else 0
            ends = self.ends[side], self.ends[peer]
            found.append(Segment(side, time, *ends, positions[side], acknowledged, flags, payload))
            used = len(payload) + bool(flags & SYN) + bool(flags & FIN)
            positions[side] = (positions[side] + used) % 2**32

        for event in self.events:
            if event.flags:
                add(event.side, event.time, event.flags)
                continue
            for start in range(0, len(event.data), mss):
                time = event.time + min(start // mss * 1000, self.step - 1)
                last = start + mss >= len(event.data)
                add(event.side, time, ACK | PSH if last else ACK, event.data[start : start + mss])
            if acks:
                peer: Side = "acceptor" if event.side == "requestor" else "requestor"
                add(peer, event.time + self.step // 2, ACK)
        return found

    def write(
        self,
        path: Path,
        *,
        mss: int = 1460,
        acks: bool = False,
        snap: int | None = None,
        nanoseconds: bool = False,
    ) -> Path:
        """The capture."""
        return write(path, self.segments(mss=mss, acks=acks), snap=snap, nanoseconds=nanoseconds)
