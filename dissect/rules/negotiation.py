"""Rules about the items of A-ASSOCIATE-RQ and -AC (PS3.8 9.3.2, 9.3.3, Annex D; PS3.7 Annex D.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dissect.dicom import negotiation as items
from dissect.dicom.negotiation import Item, Proposal
from dissect.rules.commandsets import UID
from dissect.rules.declaration import Subject
from dissect.rules.proposals import ACCEPT, REQUEST, Paper, Papers, Place, Remark

SUBJECT = Subject("negotiation")

ITEM_LENGTH = SUBJECT.rule(
    "item-length", "error", "PS3.8 9.3.2",
    "The length of an item does not fit the PDU or item around it.",
    "Count an item's length from the byte after its length field, in bytes, most significant byte first.",
)  # fmt: skip
VERSION = SUBJECT.rule(
    "version", "error", "PS3.8 Table 9-11",
    "The protocol version lacks bit 0, the only one there is.",
    "Send 0001H; a receiver tests bit 0 and nothing else.",
)  # fmt: skip
AE_FORM = SUBJECT.rule(
    "ae-form", "error", "PS3.8 Table 9-11",
    "An AE title in the A-ASSOCIATE-RQ is blank, or holds bytes that an AE title cannot have.",
    "Fill the 16 bytes with the title and spaces (20H); NUL as padding makes another title of it.",
)  # fmt: skip
UID_PAD = SUBJECT.rule(
    "uid-pad", "error", "PS3.8 F.1",
    "A negotiated UID is padded.",
    "Negotiate UIDs with the length they have: only UIDs in command sets and data sets are made even.",
)  # fmt: skip
UID_FORM = SUBJECT.rule(
    "uid-form", "error", "PS3.8 F.1",
    "A negotiated UID is longer than 64 characters, holds others than digits and dots, or has an empty"
    " component or one with leading zeros.",
    "Check where the UID comes from: roots with names in them and concatenated UIDs are the usual sources.",
)  # fmt: skip
ITEM_ORDER = SUBJECT.rule(
    "item-order", "error", "PS3.8 9.3.1",
    "The items of the PDU do not come in the order of increasing types.",
    "Send application context (10H), presentation contexts (20H or 21H), user information (50H) in turn.",
)  # fmt: skip
RQ_SHAPE = SUBJECT.rule(
    "rq-shape", "error", "PS3.8 Table 9-11",
    "An item that the A-ASSOCIATE-RQ or -AC needs is missing, or is there more than once.",
    "One application context, one or more presentation contexts, each with one abstract syntax and at least"
    " one transfer syntax, and one user information item.",
)  # fmt: skip
DUP_SUBITEM = SUBJECT.rule(
    "dup-subitem", "error", "PS3.7 D.3.3",
    "A user information sub-item comes twice that may come once.",
    "Send it once; for 54H, 56H and 57H once for each SOP class.",
)  # fmt: skip
NO_CLASS_UID = SUBJECT.rule(
    "no-class-uid", "error", "PS3.7 D.3.3.2",
    "The Implementation Class UID (52H), which is required, is missing.",
    "Send sub-item 52H with a UID that names the implementation.",
)  # fmt: skip
NO_MAX_LENGTH = SUBJECT.rule(
    "no-max-length", "error", "PS3.8 D.1",
    "The Maximum Length sub-item (51H) is missing.",
    "Send sub-item 51H, with 0 for no limit; without it peers fall back to guesses such as 16384.",
)  # fmt: skip
UNKNOWN_ITEM = SUBJECT.rule(
    "unknown-item", "info", "PS3.8 D.2",
    "There is an item or sub-item that this dissector does not know; receivers have to ignore it.",
    "None is needed. A peer that fails on it has a decoder that is too strict.",
)  # fmt: skip
UNASKED = SUBJECT.rule(
    "unasked", "error", "PS3.7 D.3.3",
    "The acceptor answers a sub-item that the requestor did not send, or grants more than it asked for.",
    "Return 53H, 54H, 56H and 59H only for what the request holds, and never 57H; no role and no operations"
    " beyond those that were proposed.",
)  # fmt: skip

CLAUSES = {
    0x51: "PS3.8 D.1", 0x52: "PS3.7 D.3.3.2", 0x53: "PS3.7 D.3.3.3", 0x54: "PS3.7 D.3.3.4",
    0x55: "PS3.7 D.3.3.2", 0x56: "PS3.7 D.3.3.5", 0x57: "PS3.7 D.3.3.6", 0x58: "PS3.7 D.3.3.7",
    0x59: "PS3.7 D.3.3.7",
}  # fmt: skip
"""Where each sub-item is specified."""
PER_SOP_CLASS = (0x54, 0x56, 0x57)
UID_ITEMS = (0x10, 0x30, 0x40, 0x52)


def damaged_items(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        clause = "PS3.8 9.3.3" if paper.which == ACCEPT else ""
        for start, text in paper.proposal.damage:
            length = max(min(4, len(paper.data) - start), 1)
            text = f"In the {paper.name}: {text}."
            yield Remark(ITEM_LENGTH, text, paper.which, start, length, clause=clause)


def protocol_version(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        version = paper.proposal.version
        if version is not None and not version & 1:
            text = f"Protocol version {version:04X}H: bit 0, which stands for version 1, is not set."
            yield Remark(VERSION, text, paper.which, 6, 2)


def titles(papers: Papers) -> Iterator[Remark]:
    paper = papers.request  # the acceptor only returns them, and nobody tests what it returns
    if paper is None or len(paper.data) < 42:
        return
    for name, start in (("called", 10), ("calling", 26)):
        title = paper.data[start : start + 16]
        if not title.strip(b" "):
            yield Remark(AE_FORM, f"The {name} AE title is all spaces.", paper.which, start, 16)
        elif any(byte < 0x20 or byte > 0x7E or byte == 0x5C for byte in title):
            what = (
                "is padded with NUL instead of spaces"
                if title.rstrip(b"\0") != title
                else "holds a control character, a backslash or a byte outside of ASCII"
            )
            yield Remark(AE_FORM, f"The {name} AE title {what}.", paper.which, start, 16)


def uids(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        meant = {item.start for item in _uid_items(paper)}
        padded = [item for item in paper.proposal.padded if item.start in meant]
        if padded:
            which = "A UID is" if len(padded) == 1 else f"{len(padded)} UIDs are"
            text = f"{which} padded in the {paper.name}; negotiated UIDs have no padding."
            yield Remark(UID_PAD, text, paper.which, padded[0].start, padded[0].stop - padded[0].start)
        wrong = [item for item in _uid_items(paper) if not _uid_like(paper.data[item.start : item.stop])]
        if wrong:
            item = wrong[0]
            value = paper.data[item.start : item.stop].decode("latin-1")
            text = f"{value[:80]!r} in the {paper.name} is no UID."
            yield Remark(UID_FORM, text, paper.which, item.start - 4, item.stop - item.start + 4)


def _uid_items(paper: Paper) -> Iterator[Item]:
    for item in (*paper.proposal.items, *paper.proposal.user_items):
        if item.kind in UID_ITEMS:
            yield item
        elif item.kind in (0x20, 0x21):
            for inner in _within(paper.data, item.start + 4, item.stop):
                # what stands in the answer to a refused context has no meaning (PS3.8 Table 9-18)
                if item.kind == 0x20 or not paper.data[item.start + 2]:
                    yield inner


def _within(data: bytes, at: int, stop: int) -> Iterator[Item]:
    while at + 4 <= stop:
        end = min(at + 4 + int.from_bytes(data[at + 2 : at + 4], "big"), stop)
        yield Item(data[at], at + 4, end)
        at = end


def _uid_like(value: bytes) -> bool:
    bare = value.rstrip(b"\0 ")
    return len(bare) <= 64 and UID.fullmatch(bare) is not None


def order(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        kinds = [item.kind for item in paper.proposal.items]
        if kinds != sorted(kinds):
            place = next(index for index, kind in enumerate(kinds) if index and kind < kinds[index - 1])
            item = paper.proposal.items[place]
            text = f"In the {paper.name} item {item.kind:02X}H comes after {kinds[place - 1]:02X}H."
            yield Remark(ITEM_ORDER, text, paper.which, item.start - 4, 4)


def shape(papers: Papers) -> Iterator[Remark]:
    for each in papers.each():
        counts = Counter(item.kind for item in each.proposal.items)
        clause = "PS3.8 Table 9-17" if each.which == ACCEPT else ""
        for kind, name in ((0x10, "application context item"), (0x50, "user information item")):
            if counts[kind] != 1:
                text = f"The {each.name} has {counts[kind] or 'no'} {name}{'s' * (counts[kind] > 1)}."
                yield Remark(RQ_SHAPE, text, each.which, clause=clause)
    paper = papers.request
    if paper is None:
        return
    if not any(item.kind == 0x20 for item in paper.proposal.items):
        yield Remark(RQ_SHAPE, "The A-ASSOCIATE-RQ proposes no presentation context.", paper.which)
    for item in paper.proposal.items:
        if item.kind == 0x20:
            inner = Counter(each.kind for each in _within(paper.data, item.start + 4, item.stop))
            if inner[0x30] != 1 or not inner[0x40]:
                text = (
                    f"Presentation context {paper.data[item.start]} has {inner[0x30]} abstract and"
                    f" {inner[0x40]} transfer syntaxes."
                )
                yield Remark(RQ_SHAPE, text, paper.which, item.start - 4, item.stop - item.start + 4)


def repeated_sub_items(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        seen: set[tuple[int, bytes]] = set()
        for item in paper.proposal.user_items:
            uid = _counted_uid(paper.data, item) if item.kind in PER_SOP_CLASS else b""
            clause = CLAUSES.get(item.kind)
            if clause and (item.kind, uid) in seen:
                again = f" for {uid.decode('latin-1')}" if uid else ""
                text = f"The {paper.name} has sub-item {item.kind:02X}H{again} twice."
                place = (paper.which, item.start - 4, item.stop - item.start + 4)
                yield Remark(DUP_SUBITEM, text, *place, clause=clause)
            seen.add((item.kind, uid))


def _counted_uid(data: bytes, item: Item) -> bytes:
    length = int.from_bytes(data[item.start : item.start + 2], "big")
    return data[item.start + 2 : min(item.start + 2 + length, item.stop)].rstrip(b"\0 ")


def required_sub_items(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        user = next((item for item in paper.proposal.items if item.kind == 0x50), None)
        if user is None:
            continue
        kinds = {item.kind for item in paper.proposal.user_items}
        for rule, kind in ((NO_CLASS_UID, items.CLASS_UID), (NO_MAX_LENGTH, items.MAXIMUM_LENGTH)):
            if kind not in kinds:
                text = f"The {paper.name} has no sub-item {kind:02X}H."
                yield Remark(rule, text, paper.which, user.start - 4, 4)


def unknown_items(papers: Papers) -> Iterator[Remark]:
    for paper in papers.each():
        proposal = paper.proposal
        unknown = [item for item in proposal.items if item.kind not in (0x10, 0x20, 0x21, 0x50)]
        unknown += [item for item in proposal.user_items if not 0x51 <= item.kind <= 0x59]
        for item in unknown:
            text = f"The {paper.name} has an item {item.kind:02X}H, which receivers have to skip."
            yield Remark(UNKNOWN_ITEM, text, paper.which, item.start - 4, item.stop - item.start + 4)


def unasked(papers: Papers) -> Iterator[Remark]:
    both = papers.both()
    if both is None:
        return
    request, accept = both
    asked: set[tuple[int, bytes]] = set()
    for item in request.proposal.user_items:
        asked.add((item.kind, _counted_uid(request.data, item) if item.kind in PER_SOP_CLASS else b""))
    identity = request.proposal.identity
    for item in accept.proposal.user_items:
        uid = _counted_uid(accept.data, item) if item.kind in PER_SOP_CLASS else b""
        what = f" for {uid.decode('latin-1')}" if uid else ""
        why = ""
        if item.kind in (0x53, 0x54, 0x56) and (item.kind, uid) not in asked:
            why = "the request has none"
        elif item.kind == 0x57:
            why = "which no A-ASSOCIATE-AC may have"
        elif item.kind == 0x59 and (identity is None or not identity.wants_response):
            why = "the request does not ask for a response to a user identity"
        elif item.kind in (0x53, 0x54):
            why = _beyond(request.proposal, accept.proposal, item.kind, uid.decode("latin-1"))
        if why:
            text = f"The acceptor sends sub-item {item.kind:02X}H{what}: {why}."
            place = (ACCEPT, item.start - 4, item.stop - item.start + 4)
            asked_in = Place("A-ASSOCIATE-RQ", REQUEST)
            yield Remark(UNASKED, text, *place, clause=CLAUSES[item.kind], elsewhere=asked_in)


def _beyond(request: Proposal, accept: Proposal, kind: int, uid: str) -> str:
    """What the answer to a role selection or an asynchronous operations window grants unasked."""
    if kind == 0x54:
        asked, given = request.roles.get(uid), accept.roles.get(uid)
        if asked is not None and given is not None and (given.scu > asked.scu or given.scp > asked.scp):
            return f"it grants the {'SCU' if given.scu > asked.scu else 'SCP'} role, which was not proposed"
    elif request.asynchronous is not None and accept.asynchronous is not None:
        for offered, granted in zip(request.asynchronous, accept.asynchronous, strict=True):
            if offered and (not granted or granted > offered):
                return f"it allows {granted or 'any number of'} operations at a time, {offered} were offered"
    return ""


PAPER_RULES = (
    damaged_items,
    protocol_version,
    titles,
    uids,
    order,
    shape,
    repeated_sub_items,
    required_sub_items,
    unknown_items,
    unasked,
)
