"""What reading itself finds: damage that the framing, the messages and the data sets come upon.

These are found on the floors below, which know nothing of rules; here they are declared.
"""

from __future__ import annotations

from collections.abc import Iterator

from dissect.dicom.associations import Association
from dissect.findings import Finding
from dissect.rules.declaration import Subject

FRAMING = Subject("PDUs as they are read")
DATA_SETS = Subject("data sets as they are read")
FILES = Subject("capture files")

BYTES_MISSING = FRAMING.rule(
    "bytes-missing", "warning", "",
    "Bytes are not in the capture: dropped while capturing, or cut off by the snap length.",
    "Capture with a larger buffer and a snap length of 0, or nearer to one of the peers.",
)  # fmt: skip
FRAMING.rule(
    "lost-framing", "error", "PS3.8 Table 9-10",
    "Where a PDU is due there is none, and its receiver has to abort.",
    "A wrong length before this place is the usual reason: the receiver's log then names odd PDU types.",
)  # fmt: skip
FRAMING.rule(
    "unknown-pdu", "error", "PS3.8 Table 9-10",
    "A PDU has a type that the standard does not define.",
    "Types are 01H to 07H. A receiver answers others with an A-ABORT.",
)  # fmt: skip
FRAMING.rule(
    "pdu-length", "error", "PS3.8 9.3",
    "A PDU has a length that its type cannot have.",
    "A-ASSOCIATE-RJ, A-RELEASE and A-ABORT PDUs have a length of 4.",
)  # fmt: skip
FRAMING.rule(
    "pdu-cut", "warning", "",
    "A PDU ends before all of its bytes came.",
    "Look for what ended the connection; a sender that crashed leaves such a PDU.",
)  # fmt: skip
FRAMING.rule(
    "pdv-length", "error", "PS3.8 9.3.5",
    "The length of a PDV does not fit its PDU.",
    "The length counts context id, control header and fragment: the fragment's bytes and 2.",
)  # fmt: skip
FRAMING.rule(
    "mixed-pdu", "info", "PS3.8 E.1",
    "A command and its data set share a PDU, which is legal; some receivers fail on it.",
    "Where a peer fails, send them in PDUs of their own.",
)  # fmt: skip
FRAMING.rule(
    "pdv-split", "info", "PS3.8 E.1",
    "Two fragments of one kind share a PDU: strongly advised against, but receivers have to take them.",
    "None is needed; a sender that joins them saves a header, and spares receivers that fail on it.",
)  # fmt: skip
FRAMING.rule(
    "pdu-messages", "error", "PS3.8 E.1",
    "PDVs of several messages share a PDU.",
    "Begin a PDU for each message.",
)  # fmt: skip
FRAMING.rule(
    "interleave", "error", "PS3.8 E.1",
    "A fragment of one message comes before another message has its last.",
    "Finish one message before the next in the same direction.",
)  # fmt: skip

_DATA_SET_RULES = (
    ("ds-encoding", "error", "PS3.8 7.6.1", "A data set is not encoded as was negotiated.",
     "Encode it by the transfer syntax of its context; files are often sent as they lie on disk."),
    ("ds-file", "error", "PS3.5 7.1", "A data set begins with the preamble of a file.",
     "Send the data set behind the file meta information, not the file."),
    ("ds-unread", "error", "PS3.5 7.1", "Bytes of a data set are no elements.",
     "Check the lengths of the elements before them."),
    ("tag-order", "error", "PS3.5 7.1", "The tags of a data set do not ascend, or one comes twice.",
     "Sort the elements by tag."),
    ("ds-group", "error", "PS3.5 7.1", "A data set holds elements of a group that has no place in it.",
     "Leave out groups 0000, 0002 and 0006 and the odd ones below 0009."),
    ("delimiter-stray", "error", "PS3.5 7.5", "An item or delimitation item stands where an element should.",
     "Check the lengths of sequences and items before it."),
    ("delimiter-missing", "error", "PS3.5 7.5", "Nothing ends an undefined length.",
     "End items with (FFFE,E00D) and sequences with (FFFE,E0DD)."),
    ("length-odd", "error", "PS3.5 7.1.1", "An element or item has an odd length.",
     "Pad the value to an even length."),
    ("length-exceeds", "error", "PS3.5 7.5.1", "An element claims more bytes than the item around it has.",
     "Check the length of the item."),
    ("length-undefined", "error", "PS3.5 7.1.2", "An element has an undefined length that may not have one.",
     "State its length; only sequences, UN and encapsulated pixel data may leave it open."),
    ("dataset-truncated", "error", "PS3.5 7.1.1", "A data set is cut off within an element.",
     "Check the sender's buffers; the last fragment bit was set too early."),
    ("dataset-hole", "warning", "", "Bytes of a data set were not captured.",
     "Capture with a larger buffer and without a snap length."),
    ("vr-unknown", "warning", "PS3.5 6.2", "An element states a VR that the standard does not know.",
     "Use a VR of the standard."),
    ("nesting", "warning", "", "Sequences nest deeper than is read.",
     "Such a data set is likely damaged, or made to harm its reader."),
    ("pixel-native", "error", "PS3.5 A.4", "Pixel data is native in a transfer syntax that wants fragments.",
     "Encapsulate it, or send it in a native transfer syntax."),
    ("pixel-encapsulated", "error", "PS3.5 A.4", "Pixel data is in fragments in a native transfer syntax.",
     "Decompress it, or negotiate the syntax it is compressed in."),
    ("pixel-fragments", "error", "PS3.5 A.4", "Encapsulated pixel data does not begin with an offset table.",
     "Send an item for the Basic Offset Table first; it may be empty."),
    ("deflate-damaged", "error", "PS3.5 A.5", "A deflated data set cannot be inflated.",
     "Compare with what was stored; the stream is raw RFC 1951."),
    ("deflate-wrapped", "error", "PS3.5 A.5", "A deflated data set is wrapped as zlib or gzip has it.",
     "Send the raw deflate stream without header and checksum."),
    ("deflate-trailing", "warning", "PS3.5 A.5", "Bytes follow the end of a deflated data set.",
     "One byte 00H may follow, to make the length even."),
    ("inflate-bomb", "error", "", "A deflated data set grows beyond all measure.",
     "Do not open it with software that trusts its peers."),
    ("value-length", "error", "PS3.5 6.2", "A value has a length that its VR cannot have.",
     "Numbers come in whole units of their size."),
    ("value-invalid", "error", "PS3.5 6.2", "A value is none that its VR allows.",
     "Write numbers, dates, times and UIDs as the VR says."),
    ("charset-unknown", "error", "PS3.5 6.1.2.3", "The declared character set is not one of the standard.",
     "Use a defined term of PS3.3 C.12.1.1.2."),
    ("charset", "error", "PS3.5 6.1.2.3", "Text does not decode by the character set that is declared.",
     "Declare in (0008,0005) the character set the text is written in."),
)  # fmt: skip
for _row in _DATA_SET_RULES:
    DATA_SETS.rule(*_row)  # type: ignore[arg-type]

_FILE_RULES = (
    ("capture-cut", "warning", "", "A capture file ends within a record.",
     "It was copied while it was written, or the disk was full."),
    ("capture-damaged", "warning", "", "Bytes of a capture file are no record.",
     "Copy the file again, in binary mode."),
    ("fragments-lost", "warning", "", "IP fragments whose others were not captured are left out.",
     "Capture where all of them pass by."),
    ("link-unknown", "warning", "", "Frames of a link type that is not read are left out.",
     "Capture on another interface, or convert the file."),
)  # fmt: skip
for _row in _FILE_RULES:
    FILES.rule(*_row)  # type: ignore[arg-type]


def bytes_missing(association: Association) -> Iterator[Finding]:
    for side, framer in enumerate(association.framers):
        who = association.side_name(side)
        if association.unseen(side) and len(association.kinds(1 - side)) > 1:
            text = f"Nothing that the {who} sent is in the capture; what only that would show is not judged."
            yield BYTES_MISSING.found(text)
        elif association.last_pdus[side] is None and framer.direction.missed:
            text = f"The last {framer.direction.missed:,} bytes of the {who} are not in the capture."
            yield BYTES_MISSING.found(text)
        gaps = association.gaps(side) if framer.direction.holes else []
        if gaps:
            missing = sum(gap.length for gap in gaps)
            places = "one place" if len(gaps) == 1 else f"{len(gaps)} places"
            text = (
                f"{missing:,} bytes of the {who} are not in the capture, in {places}:"
                " dropped while capturing, or cut off by the snap length."
            )
            yield BYTES_MISSING.found(text, gaps[0])


RULES = (bytes_missing,)
