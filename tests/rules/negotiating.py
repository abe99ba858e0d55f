"""Cases of rules about negotiation, rejection, release and abort."""

from __future__ import annotations

import struct
from functools import partial

from tests.craft import CT, EXPLICIT, IMPLICIT, MR, VERIFICATION, Talk, associate_rj, associate_rq, item
from tests.rules.case import ACCEPTED, APPLICATION, ECHO, PROPOSED, STORE, USER, Pair, begun, echo, negotiated

WINDOW = item(0x53, bytes(4))


def _role(uid: str) -> bytes:
    return item(0x54, struct.pack(">H", len(uid)) + uid.encode() + b"\1\1")


def _rejected(result: int, source: int, reason: int, extra: bytes = b"") -> Talk:
    talk = Talk()
    talk.requestor.raw(associate_rq("SCU", "SCP", ECHO, extra=extra))
    talk.acceptor.raw(associate_rj(result, source, reason))
    talk.close()
    return talk


def _aborted(source: int = 0, reason: int = 0, wait: float = 0) -> Talk:
    talk = begun()
    talk.echo()
    talk.wait(wait)
    talk.abort(source=source, reason=reason)
    return talk


def _left_open(wait: float) -> Talk:
    talk = begun()
    talk.release(close=False)
    talk.wait(wait)
    talk.requestor.acknowledge()
    return talk


def _two_on_one() -> Talk:
    talk = begun()
    talk.release(close=False)
    talk.associate(ECHO)
    talk.release()
    return talk


def _two() -> list[Talk]:
    first, second = echo(), Talk(requestor_port=50001, start=1_700_000_001_000_000_000)
    second.associate(ECHO)
    second.release()
    return [first, second]


def _hasty() -> Talk:
    talk = Talk()
    talk.associate(ECHO)
    accept = talk.events.pop()
    talk.echo()
    response = talk.events.pop()
    talk.acceptor.raw(accept.data)
    talk.acceptor.raw(response.data)
    talk.release()
    return talk


def _released_by_acceptor() -> Talk:
    talk = begun()
    talk.acceptor.pdu(5)
    talk.requestor.pdu(6)
    talk.close()
    return talk


def _collided() -> Talk:
    talk = begun()
    talk.requestor.pdu(5)
    talk.acceptor.pdu(5)
    talk.requestor.pdu(6)
    talk.acceptor.pdu(6)
    talk.close()
    return talk


def _data_after(own: bool) -> Talk:
    talk = begun()
    talk.echo()
    request, response = talk.events[-2:]
    if own:
        del talk.events[-2:]
        talk.requestor.pdu(5)
        talk.requestor.raw(request.data)
    else:
        del talk.events[-1:]
        talk.requestor.pdu(5)
    talk.acceptor.raw(response.data)
    talk.acceptor.pdu(6)
    talk.close()
    return talk


def _titled(calling: str) -> Talk:
    talk = Talk(calling=calling)
    talk.associate(ECHO)
    talk.release()
    return talk


def _accepting(*items: bytes) -> Talk:
    return negotiated(accept=(APPLICATION, *items, item(0x50, USER)))


def _answer(result: int, *syntaxes: str) -> bytes:
    return item(0x21, bytes((1, 0, result, 0)) + b"".join(item(0x40, uid) for uid in syntaxes))


TWO = [(1, VERIFICATION, [IMPLICIT]), (3, CT, [IMPLICIT])]
MANY = [(2 * index + 1 & 0xFF, VERIFICATION, [IMPLICIT]) for index in range(129)]
CASES: dict[str, Pair] = {
    "item-length": (partial(echo, extra_rq=b"\x55\0\0\x10ab"), partial(echo, extra_rq=item(0x5A, b"ab"))),
    "version": (partial(echo, version=2), partial(echo, version=3)),
    "ae-form": (partial(_titled, " "), partial(_titled, "MY SCU")),
    "uid-pad": (
        partial(echo, [(1, VERIFICATION + "\0", [IMPLICIT])], accept={1: IMPLICIT}),
        partial(echo, [(1, VERIFICATION, [IMPLICIT])]),
    ),
    "uid-form": (
        partial(echo, [(1, "1.2.seven", [IMPLICIT])], said=False),
        partial(echo, [(1, "1." + "2" * 62, [IMPLICIT])], said=False),
    ),
    "item-order": (partial(negotiated, (APPLICATION, item(0x50, USER), PROPOSED)), negotiated),
    "rq-shape": (partial(negotiated, (APPLICATION, APPLICATION, PROPOSED, item(0x50, USER))), negotiated),
    "dup-subitem": (
        partial(echo, extra_rq=_role(CT) + _role(CT)),
        partial(echo, extra_rq=_role(CT) + _role(MR)),
    ),
    "no-class-uid": (
        partial(negotiated, (APPLICATION, PROPOSED, item(0x50, item(0x51, bytes(4))))),
        negotiated,
    ),
    "no-max-length": (partial(echo, max_rq=None), partial(echo, max_rq=0)),
    "unknown-item": (partial(echo, extra_rq=item(0x5A, b"ab")), partial(echo, extra_rq=WINDOW)),
    "unasked": (partial(echo, extra_ac=WINDOW), partial(echo, extra_rq=WINDOW, extra_ac=WINDOW)),
    "pc-even": (
        partial(echo, [(2, VERIFICATION, [IMPLICIT])]),
        partial(echo, [(255, VERIFICATION, [IMPLICIT])]),
    ),
    "pc-dup": (partial(echo, [*ECHO, *STORE]), partial(echo, TWO)),
    "pc-many": (partial(echo, MANY), partial(echo, MANY[:128])),
    "no-context": (
        partial(echo, TWO, accept={1: 3, 3: 3}, said=False),
        partial(echo, TWO, accept={1: IMPLICIT, 3: 3}),
    ),
    "ts-mismatch": (
        partial(echo, [(1, CT, [EXPLICIT])], accept={1: 4}, said=False),
        partial(echo, [(1, CT, [EXPLICIT])], accept={1: 3}, said=False),
    ),
    "default-ts": (
        partial(echo, [(1, CT, [EXPLICIT])], said=False),
        partial(echo, [(1, CT, [EXPLICIT]), (3, CT, [IMPLICIT])], said=False),
    ),
    "default-ts-refused": (
        partial(echo, STORE, accept={1: 4}, said=False),
        partial(echo, STORE, accept={1: 3}, said=False),
    ),
    "ac-ts-not-proposed": (
        partial(echo, accept={1: EXPLICIT}),
        partial(echo, [(1, VERIFICATION, [IMPLICIT, EXPLICIT])], accept={1: EXPLICIT}),
    ),
    "ac-ts-many": (partial(_accepting, _answer(0, IMPLICIT, EXPLICIT)), partial(_accepting, ACCEPTED)),
    "ac-id-unknown": (partial(echo, accept={1: IMPLICIT, 5: IMPLICIT}), partial(echo, TWO)),
    "ac-id-missing": (
        partial(echo, TWO, accept={1: IMPLICIT}),
        partial(echo, TWO, accept={1: IMPLICIT, 3: 1}),
    ),
    "rej-ctx-ts": (partial(_accepting, _answer(3, "")), partial(_accepting, _answer(3, IMPLICIT))),
    "pc-result": (partial(echo, accept={1: 7}, said=False), partial(echo, accept={1: 2}, said=False)),
    "rejected": (partial(_rejected, 1, 1, 1), echo),
    "rj-ae": (partial(_rejected, 1, 1, 7), partial(_rejected, 1, 1, 1)),
    "rj-limit": (partial(_rejected, 2, 3, 2), partial(_rejected, 2, 1, 1)),
    "rj-user": (partial(_rejected, 1, 2, 1, item(0x58, b"\1\0\0\1a\0\0")), partial(_rejected, 1, 2, 1)),
    "rj-value": (partial(_rejected, 1, 1, 5), partial(_rejected, 1, 1, 3)),
    "aborted": (_aborted, echo),
    "abort-value": (partial(_aborted, 2, 3), partial(_aborted, 2, 1)),
    "abort-reason": (partial(_aborted, 0, 5), partial(_aborted, 2, 5)),
    "idle-abort": (partial(_aborted, wait=30), partial(_aborted, wait=1)),
    "no-close": (partial(_left_open, 10), partial(_left_open, 0.1)),
    "second-rq": (_two_on_one, _two),
    "state": (_hasty, partial(_data_after, own=False)),
    "release-by-acceptor": (_released_by_acceptor, echo),
    "release-collision": (_collided, _released_by_acceptor),
    "data-after-release": (partial(_data_after, own=True), partial(_data_after, own=False)),
}
