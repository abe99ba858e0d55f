"""What the service-class-application-information of sub-item 56H says, service class by service class."""

# ruff: noqa: RUF012
# A fields_desc is a list and a declaration.
from __future__ import annotations

import re

from scapy.fields import ByteField

from dissect.layers.base import Layer, Optional, about
from dissect.layers.fields import TRAILING, BytesField, CodeField

SUPPORT = {0: "not supported", 1: "supported"}
MATCHING = {0: "no", 1: "yes"}


def timezone(reference: str) -> Optional:
    return about(
        Optional(CodeField("timezone_query_adjustment", None, MATCHING)),
        reference,
        "Whether Timezone Offset From UTC (0008,0201) shifts the times of a query.",
        legal="0 or 1, or left out",
    )


def conversion(reference: str) -> Optional:
    return about(
        Optional(CodeField("enhanced_multi_frame_image_conversion", None, SUPPORT)),
        reference,
        "Whether Query/Retrieve View (0008,0053) may ask for classic or enhanced images.",
        legal="0 or 1, or left out",
    )


class ApplicationInformation(Layer):
    name = "Application Information"
    reference = "PS3.7 D.3.3.5"
    meaning = "Options of a SOP class whose service class has none that are known."
    fields_desc = [
        about(BytesField("information", b""), "PS3.7 Table D.3-11", "The bytes, which are not interpreted."),
    ]


class QueryInformation(Layer):
    name = "Query Options"
    reference = "PS3.4 Tables C.5-1 and C.5-2"
    meaning = "Options of a query: what the requestor asks for, what the acceptor will do."
    fields_desc = [
        about(
            CodeField("relational_queries", 0, SUPPORT),
            "PS3.4 Table C.5-1",
            "Whether queries may leave out the keys of the levels above.",
            legal="0 or 1",
            trouble="Without it a query at image level must name patient, study and series.",
        ),
        about(
            Optional(CodeField("date_time_matching", None, MATCHING)),
            "PS3.4 Table C.5-1",
            "Whether a range of dates and a range of times are matched as one range.",
            legal="0 or 1, or left out",
        ),
        about(
            Optional(CodeField("fuzzy_semantic_matching", None, MATCHING)),
            "PS3.4 Table C.5-1",
            "Whether person names match by sound or spelling variants.",
            legal="0 or 1, or left out",
        ),
        timezone("PS3.4 Table C.5-1"),
        conversion("PS3.4 Table C.5-1"),
        about(
            Optional(BytesField("later_options", b"")),
            "PS3.4 C.5.1.1",
            "Options that newer editions of the standard added: matching of empty and of several values.",
        ),
    ]


class RetrieveInformation(Layer):
    name = "Retrieve Options"
    reference = "PS3.4 Tables C.5-3 and C.5-4"
    meaning = "Options of C-MOVE and C-GET: what the requestor asks for, what the acceptor will do."
    fields_desc = [
        about(
            CodeField("relational_retrieval", 0, SUPPORT),
            "PS3.4 Table C.5-3",
            "Whether a retrieve may leave out the keys of the levels above.",
            legal="0 or 1; 0 where the SOP class has no levels",
        ),
        conversion("PS3.4 Table C.5-3"),
        TRAILING,
    ]


class WorklistInformation(Layer):
    name = "Worklist Options"
    reference = "PS3.4 Tables K.5.1-1 and K.5.1-2"
    meaning = "Options of a worklist query: what the requestor asks for, what the acceptor will do."
    fields_desc = [
        about(ByteField("reserved", 1), "PS3.4 Table K.5.1-1", "Not used.", legal="1"),
        about(ByteField("reserved2", 1), "PS3.4 Table K.5.1-1", "Not used.", legal="1"),
        about(
            CodeField("fuzzy_semantic_matching", 0, MATCHING),
            "PS3.4 Table K.5.1-1",
            "Whether person names match by sound or spelling variants.",
            legal="0 or 1",
        ),
        timezone("PS3.4 Table K.5.1-1"),
        TRAILING,
    ]


class StorageInformation(Layer):
    name = "Storage Options"
    reference = "PS3.4 Tables B.3-1 and B.3-2"
    meaning = "How faithfully the receiver of objects keeps them."
    fields_desc = [
        about(
            CodeField("level_of_support", 3, {0: "level 0", 1: "level 1", 2: "level 2, full", 3: "SCU only"}),
            "PS3.4 Table B.3-1",
            "How much of an object the receiver keeps: 0 what it likes, 1 all attributes of types 1 and 2, "
            "2 everything.",
            legal="0 to 3",
        ),
        about(ByteField("reserved", 0), "PS3.4 Table B.3-1", "Not used.", legal="sent as 0, not tested"),
        about(
            CodeField(
                "level_of_digital_signature_support",
                0,
                {0: "not specified", 1: "signature level 1", 2: "signature level 2", 3: "signature level 3"},
            ),
            "PS3.4 Table B.3-1",
            "How far digital signatures in the objects stay valid.",
            legal="0 to 3",
        ),
        about(ByteField("reserved2", 0), "PS3.4 Table B.3-1", "Not used.", legal="sent as 0, not tested"),
        about(
            CodeField("element_coercion", 2, {0: "changes nothing", 1: "may change elements", 2: "SCU only"}),
            "PS3.4 Table B.3-1",
            "Whether the receiver changes elements of what it is sent, such as the patient ID.",
            legal="0 to 2",
        ),
        about(ByteField("reserved3", 0), "PS3.4 Table B.3-1", "Not used.", legal="sent as 0, not tested"),
        TRAILING,
    ]


_BY_SOP_CLASS: list[tuple[re.Pattern[bytes], type[Layer]]] = [
    (re.compile(pattern), information)
    for pattern, information in [
        (rb"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(?!20[01]\.)[\d.]+", StorageInformation),
        (rb"1\.2\.840\.10008\.5\.1\.4\.1\.1\.200\.[28]", StorageInformation),  # of performed protocols
        (rb"1\.2\.840\.10008\.5\.1\.4\.34\.(7|10)", StorageInformation),
        (rb"1\.2\.840\.10008\.5\.1\.4\.1\.2\.[123]\.1", QueryInformation),
        (rb"1\.2\.840\.10008\.5\.1\.4\.1\.2\.[12345]\.[23]", RetrieveInformation),
        (rb"1\.2\.840\.10008\.5\.1\.4\.31", WorklistInformation),
        (rb"1\.2\.840\.10008\.5\.1\.4\.34\.6\.[1235]", WorklistInformation),  # PS3.4 CC.3.2
        (rb"1\.2\.840\.10008\.5\.1\.4\.(38|39)\.[234]", WorklistInformation),  # U.5, X.5
        (rb"1\.2\.840\.10008\.5\.1\.4\.(43|44|45)\.[234]", WorklistInformation),  # BB.5
        (rb"1\.2\.840\.10008\.5\.1\.4\.20\.[123]", WorklistInformation),  # HH.5
        (rb"1\.2\.840\.10008\.5\.1\.4\.1\.1\.200\.[456]", WorklistInformation),  # II.5
    ]
]


def application_information(sop_class: bytes) -> type[Layer]:
    """The layer for the options of `sop_class`."""
    uid = sop_class.rstrip(b"\0 ")
    for pattern, information in _BY_SOP_CLASS:
        if pattern.fullmatch(uid):
            return information
    return ApplicationInformation
