"""FIELDS: every field of the language with its kind, meaning and example; documentation is made from it."""

from __future__ import annotations

from dissect.filters import associations, exchanges, parts
from dissect.filters.elements import command_field, dataset_field
from dissect.filters.exchanges import Bind
from dissect.filters.field import (
    DECODED,
    JUDGED,
    LOOKED_UP,
    OF_ASSOCIATION,
    OF_EXCHANGE,
    OF_PARTS,
    Field,
)
from dissect.filters.kinds import Address, Choice, Flag, Kind, Presence, Text
from dissect.filters.names import (
    ABORT_REASON,
    ABORT_SOURCE,
    COMMAND,
    CONTEXT_RESULT,
    PDU_TYPE,
    REJECT_RESULT,
    REJECT_SOURCE,
    STATUS,
    UID,
)
from dissect.filters.quantities import Duration, Mixed, Number, Size, Time

TEXT, NUMBER, SIZE, DURATION, TIME = Text(), Number(), Size(), Duration(), Time()
ADDRESS, FLAG, THERE = Address(), Flag(), Presence()
SIDE = Choice("requestor", "acceptor")
OUTCOME = Choice("released", "aborted", "rejected", "open", "closed")
SEVERITY = Choice("error", "warning", "info")
CATEGORY = Choice("Success", "Pending", "Cancel", "Warning", "Failure", "Unknown")


def _association(name: str, kind: Kind, bind: Bind, text: str, example: str) -> Field:
    return Field(name, kind, text, example, OF_ASSOCIATION, bind)


def _exchange(name: str, kind: Kind, bind: Bind, text: str, example: str, cost: int = OF_EXCHANGE) -> Field:
    return Field(name, kind, text, example, cost, bind)


FIELDS: tuple[Field, ...] = (
    # who and when
    _association(
        "association", NUMBER, associations.number,
        "Number of the association in the list.", "association in {1..3}",
    ),
    _association(
        "association.start", TIME, associations.start,
        "When its first byte was captured.", 'association.start >= "2026-01-31 12:00"',
    ),
    _association(
        "association.end", TIME, associations.end,
        "When its last byte was.", "association.end < 1800000000",
    ),
    _association(
        "association.duration", DURATION, associations.duration,
        "From its first byte to its last.", "association.duration > 5m",
    ),
    _association(
        "calling_ae", TEXT, associations.calling_ae, "AE title of the requestor.", 'calling_ae ~ "^CT"',
    ),
    _association(
        "called_ae", TEXT, associations.called_ae,
        "AE title of the acceptor.", "called_ae == ARCHIVE",
    ),
    _association("ae", TEXT, associations.titles, "Both AE titles.", 'ae == "ARCHIVE"'),
    _association(
        "requestor.address", ADDRESS, associations.address("requestor"),
        "IP address of the requestor.", "requestor.address == 10.0.0.1",
    ),
    _association(
        "acceptor.address", ADDRESS, associations.address("acceptor"),
        "IP address of the acceptor.", "acceptor.address in 10.0.0.0/8",
    ),
    _association(
        "address", ADDRESS, associations.address("both"), "IP addresses of both.", "address == fe80::1",
    ),
    _association(
        "requestor.port", NUMBER, associations.port("requestor"),
        "TCP port of the requestor.", "requestor.port > 49151",
    ),
    _association(
        "acceptor.port", NUMBER, associations.port("acceptor"),
        "TCP port of the acceptor.", "acceptor.port in {104, 11112}",
    ),
    _association("port", NUMBER, associations.port("both"), "TCP ports of both.", "port == 11112"),
    _association(
        "outcome", OUTCOME, associations.outcome,
        "How the association ended.", "outcome != released",
    ),
    # what was negotiated
    _association(
        "application_context", UID, associations.application_context,
        "Application context name.", "application_context != 1.2.840.10008.3.1.1.1",
    ),
    _association(
        "max_pdu_length.requestor", SIZE, associations.requested_length,
        "Longest P-DATA-TF that the requestor takes; 0: any.", "max_pdu_length.requestor < 16KiB",
    ),
    _association(
        "max_pdu_length.acceptor", SIZE, associations.accepted_length,
        "Longest P-DATA-TF that the acceptor takes; 0: any.", "max_pdu_length.acceptor == 0",
    ),
    _association(
        "implementation.requestor.class_uid", UID, associations.requestor_class,
        "Implementation class UID of the requestor.", 'implementation.requestor.class_uid ~ "^1.2.276"',
    ),
    _association(
        "implementation.requestor.version_name", TEXT, associations.requestor_version,
        "Implementation version name of the requestor.", 'implementation.requestor.version_name ~ "dcmtk"',
    ),
    _association(
        "implementation.acceptor.class_uid", UID, associations.acceptor_class,
        "Implementation class UID of the acceptor.", "implementation.acceptor.class_uid",
    ),
    _association(
        "implementation.acceptor.version_name", TEXT, associations.acceptor_version,
        "Implementation version name of the acceptor.", "!implementation.acceptor.version_name",
    ),
    _association(
        "user_identity.type", NUMBER, associations.identity_type,
        "Type of the user identity that was sent.", "user_identity.type == 2",
    ),
    _association(
        "user_identity.name", TEXT, associations.user_name,
        "Its user name (types 1 and 2).", 'user_identity.name == "bob"',
    ),
    _association(
        "context.id", NUMBER, associations.context_ids,
        "Ids of the presentation contexts.", "context.id > 127",
    ),
    _association(
        "context.abstract_syntax", UID, associations.abstract_syntaxes,
        "Their abstract syntaxes.", 'context.abstract_syntax == "CT Image Storage"',
    ),
    _association(
        "context.proposed", UID, associations.proposed_syntaxes,
        "Transfer syntaxes that the requestor proposed.", 'context.proposed ~ "JPEG"',
    ),
    _association(
        "context.transfer_syntax", UID, associations.transfer_syntaxes,
        "Transfer syntaxes that were accepted.", 'context.transfer_syntax == "Implicit VR Little Endian"',
    ),
    _association(
        "context.result", CONTEXT_RESULT, associations.context_results,
        "Answers of the acceptor; 0 is acceptance.", "context.result > 0",
    ),
    # how it ended
    _association("rejection", THERE, associations.rejected, "The association was rejected.", "rejection"),
    _association(
        "rejection.result", REJECT_RESULT, associations.reject_result,
        "1 permanent, 2 transient.", 'rejection.result == "rejected-transient"',
    ),
    _association(
        "rejection.source", REJECT_SOURCE, associations.reject_source,
        "1 service-user, 2 and 3 service-provider.", "rejection.source == 1",
    ),
    _association(
        "rejection.reason", NUMBER, associations.reject_reason,
        "Reason, by the table of the source.", "rejection.reason == 7",
    ),
    _association(
        "rejection.text", TEXT, associations.reject_text,
        "The rejection in words.", 'rejection.text contains "called-AE-title"',
    ),
    _association("abort", THERE, associations.aborted, "The association was aborted.", "abort"),
    _association("abort.by", SIDE, associations.aborted_by, "Who aborted.", "abort.by == acceptor"),
    _association(
        "abort.source", ABORT_SOURCE, associations.abort_source,
        "0 service-user, 2 service-provider.", "abort.source == 2",
    ),
    _association(
        "abort.reason", ABORT_REASON, associations.abort_reason,
        "Reason that a service-provider gave.", "abort.reason == unexpected-PDU",
    ),
    _association(
        "abort.text", TEXT, associations.abort_text,
        "The abort in words.", 'abort.text ~ "unexpected"',
    ),
    # what was said
    _exchange(
        "command", COMMAND, exchanges.commands,
        "Commands of the messages, by message, operation or Command Field.", "command == C-STORE",
    ),
    _exchange(
        "dimse.command", COMMAND, exchanges.commands, "The same as command.", 'dimse.command == "C-STORE-RQ"',
    ),
    _exchange("message_id", NUMBER, exchanges.message_id, "Message ID of the request.", "message_id == 7"),
    _exchange(
        "status", STATUS, exchanges.status,
        "Status of the last response, by number or category.", "status in {0xA700..0xAFFF}",
    ),
    _exchange(
        "status.category", CATEGORY, exchanges.category,
        "Category of the last response's status.", "status.category == Failure",
    ),
    _exchange(
        "status.text", TEXT, exchanges.status_text,
        "Meaning of the last response's status in its service.", 'status.text ~ "resources"', LOOKED_UP,
    ),
    _exchange(
        "dimse.status", STATUS, exchanges.statuses,
        "Statuses of all responses.", "dimse.status == 0xFF01",
    ),
    _exchange(
        "sop_class", UID, exchanges.sop_class,
        "SOP class named by the messages, or that of their context.", 'sop_class == "CT Image Storage"',
        LOOKED_UP,
    ),
    _exchange(
        "sop_instance", UID, exchanges.sop_instances,
        "SOP instance UIDs named by the messages.", 'sop_instance ~ "^1.2.3"', LOOKED_UP,
    ),
    _exchange(
        "move.destination", TEXT, exchanges.move_destination,
        "AE title that a C-MOVE sends to.", "move.destination == WORKSTATION", LOOKED_UP,
    ),
    _exchange(
        "context_id", NUMBER, exchanges.context_id,
        "Id of the presentation context used.", "context_id == 1",
    ),
    _exchange(
        "transfer_syntax", UID, exchanges.transfer_syntax,
        "Transfer syntax of that context.", 'transfer_syntax ~ "JPEG"', LOOKED_UP,
    ),
    _exchange("size", SIZE, exchanges.size, "Bytes of all data sets of the exchange.", "size > 1MB"),
    _exchange(
        "data_set.length", SIZE, exchanges.lengths,
        "Bytes of each data set.", "data_set.length in {1..100}",
    ),
    _exchange(
        "response_time", DURATION, exchanges.response_time,
        "From the end of the request to the begin of its first response.", "response_time > 200ms",
    ),
    _exchange(
        "duration", DURATION, exchanges.duration,
        "From the begin of the request to the end of its last response.", "duration > 2s",
    ),
    _exchange("responses", NUMBER, exchanges.responses, "Number of responses.", "responses == 0"),
    _exchange("pending", NUMBER, exchanges.pending, "Number of pending responses.", "pending > 100"),
    _exchange(
        "remaining", NUMBER, exchanges.remaining,
        "Remaining sub-operations of a C-GET or C-MOVE.", "remaining > 0",
    ),
    _exchange("completed", NUMBER, exchanges.completed, "Completed sub-operations.", "completed == 0"),
    _exchange("failed", NUMBER, exchanges.failed, "Failed sub-operations.", "failed > 0"),
    _exchange("warning", NUMBER, exchanges.warning, "Sub-operations with a warning.", "warning > 0"),
    _exchange("sender", SIDE, exchanges.sender, "Who sent the request.", "sender == acceptor"),
    _exchange(
        "frame", NUMBER, exchanges.frames,
        "Frames in which its messages begin.", "frame in {100..200}",
    ),
    _exchange(
        "time", TIME, exchanges.time, "When its first byte was captured.", "time >= 2026-01-31T12:00:00Z",
    ),
    _exchange(
        "time.relative", DURATION, exchanges.relative_time,
        "The same, since the first record of the capture.", "time.relative < 10s",
    ),
    _exchange(
        "complete", FLAG, exchanges.complete, "Whether all its messages are whole.", "!complete",
    ),
    _exchange(
        "damage", TEXT, exchanges.damage, "Why messages are not whole.", 'damage contains "not captured"',
    ),
    # PDUs and findings
    _exchange(
        "pdu.type", PDU_TYPE, parts.pdus(lambda association, sent: sent.pdu.kind),
        "Types of its PDUs.", "pdu.type == 7", OF_PARTS,
    ),
    _exchange(
        "pdu.length", SIZE, parts.pdus(lambda association, sent: sent.pdu.length),
        "What the length fields of its PDUs say.", "pdu.length > 128KiB", OF_PARTS,
    ),
    _exchange(
        "pdu.sender", SIDE, parts.pdus(lambda association, sent: association.side_name(sent.side)),
        "Who sent its PDUs.", "pdu.sender == acceptor", OF_PARTS,
    ),
    _exchange(
        "finding", THERE, parts.findings(lambda finding: True), "There are findings.", "has finding", JUDGED,
    ),
    _exchange(
        "finding.rule", TEXT, parts.findings(lambda finding: finding.rule),
        "Rules that found something.", 'finding.rule == "pdv-odd"', JUDGED,
    ),
    _exchange(
        "finding.severity", SEVERITY, parts.findings(lambda finding: finding.severity),
        "Severities of the findings.", "finding.severity == error", JUDGED,
    ),
    _exchange(
        "finding.text", TEXT, parts.findings(lambda finding: finding.text),
        "What the findings say.", 'finding.text contains "odd"', JUDGED,
    ),
    _exchange(
        "finding.clause", TEXT, parts.findings(lambda finding: finding.clause),
        "Clauses that the findings rest on.", 'finding.clause ~ "^PS3.8"', JUDGED,
    ),
    # elements
    _exchange("dataset", THERE, exchanges.has_data_set, "There is a data set.", "!dataset"),
    Field(
        "dataset.*", Mixed(), "Any element of the data sets by keyword or tag, in sequences by path.",
        'dataset.PatientName contains "^"', DECODED, lambda association: (), family=dataset_field,
    ),
    Field(
        "command_set.*", Mixed(), "Any element of the command sets by keyword or tag.",
        'command_set.ErrorComment ~ "disk"', LOOKED_UP, lambda association: (), family=command_field,
    ),
)  # fmt: skip
