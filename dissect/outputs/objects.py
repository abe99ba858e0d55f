"""Data sets of messages as DICOM files (PS3.10): composite objects, and whatever else is asked for.

A data set goes from the capture to its file chunk by chunk, byte for byte as it was sent, behind a head that
says what was negotiated for it. File names are made of UIDs that a peer chose, so no more of them is taken
than is safe anywhere. `manifest.json` tells where each file comes from.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from dissect.capture import Capture
from dissect.dicom import tables
from dissect.dicom.elements import guess_syntax
from dissect.dicom.exchanges import Exchange
from dissect.dicom.messages import Message
from dissect.outputs.clock import exact
from dissect.outputs.ndjson import CHUNK, dumps, status_object
from dissect.outputs.packets import SaveError, creating, refuse
from dissect.outputs.part10 import file_head, is_uid, made_up_uid
from dissect.outputs.selection import Selection

SCHEMA = "pduscope-export/1"
MANIFEST = "manifest.json"
EXTENSION = ".dcm"
C_STORE = 0x0001
IDENTIFIERS = (0x0010, 0x0020, 0x0021)
NORMALIZED = range(0x0100, 0x0160)
LONGEST_NAME = 64
"""Characters of a UID that go into a file name: a valid one has no more."""

_UNSAFE = re.compile(r"[^0-9A-Za-z.-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""Names that are devices to Windows, whatever their extension."""


@dataclass(frozen=True)
class Kinds:
    """What is written besides whole composite objects."""

    identifiers: bool = False
    """Identifiers of C-FIND, C-GET and C-MOVE, of their requests and responses."""
    normalized: bool = False
    """Data sets of DIMSE-N messages."""
    incomplete: bool = False

    def include(self, message: Message) -> bool:
        """Whether a message carries a data set of a kind that is wanted."""
        command = message.command_set
        if not message.has_data_set:
            return False
        if command is None or command.field is None:
            return _stores(message)
        operation = command.field & 0x7FFF
        return (
            command.field == C_STORE
            or (self.identifiers and operation in IDENTIFIERS)
            or (self.normalized and operation in NORMALIZED)
        )


def _stores(message: Message) -> bool:
    """Whether a message whose command set was not captured is likely a C-STORE, by its context."""
    context = message.association.context(message.context_id)
    name = tables.uid_name(context.abstract_syntax) if context and context.abstract_syntax else None
    return name is not None and " Storage" in name and "Commitment" not in name


@dataclass(frozen=True)
class Exported:
    """A data set that is written, and what to call it."""

    message: Message
    exchange: Exchange | None
    name: str
    transfer_syntax: str
    inferred: str
    """Why the transfer syntax is a guess; empty where it was negotiated."""

    @property
    def complete(self) -> bool:
        return is_complete(self.message)


def is_complete(message: Message) -> bool:
    return message.complete and message.data_ended


@dataclass
class Left:
    """How many data sets were not written, and why not."""

    incomplete: int = 0
    unknown: int = 0
    """In no transfer syntax that could be named."""


@dataclass
class Export(AbstractContextManager["Export"]):
    """Files in one directory, with a manifest of all of them. Raises SaveError where one cannot be written.

    with Export(Path("objects")) as export:
        for row in export.write(capture, Selection(), Kinds()):
            print(row["file"], row["sha256"])
    """

    directory: Path
    overwrite: bool = False
    left: Left = field(default_factory=Left)
    """What was not written so far."""
    _names: dict[str, int] = field(default_factory=dict)
    _manifest: _Manifest | None = None

    def __enter__(self) -> Export:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SaveError(f"{self.directory}: cannot be made ({error.strerror or error})") from error
        refuse(None, self.directory / MANIFEST, overwrite=self.overwrite)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._manifest is None:
            return
        try:
            self._manifest.close()
        except SaveError:
            if error is None:  # else the disk is full, and that is told already
                raise

    def write(self, capture: Capture, selection: Selection, kinds: Kinds) -> Iterator[dict[str, Any]]:
        """Write what is wanted of a capture; yields the row of the manifest for each file.

        Nothing is written if a file of one of the names is there already.
        """
        chosen = list(self._chosen(capture, selection, kinds))
        for each in chosen:
            refuse(capture, self.directory / each.name, overwrite=self.overwrite)
        for each in chosen:
            if self._manifest is None:
                self._manifest = _Manifest(self.directory / MANIFEST, overwrite=self.overwrite)
            row = write_object(capture, each, self.directory / each.name, overwrite=self.overwrite)
            self._manifest.add(row)
            yield row

    def _chosen(self, capture: Capture, selection: Selection, kinds: Kinds) -> Iterator[Exported]:
        for association in selection.associations(capture):
            messages = [message for message in selection.messages(association) if kinds.include(message)]
            if not messages:
                continue
            exchanges = {
                message.index: exchange
                for exchange in association.exchanges
                for message in (exchange.request, *exchange.responses)
                if message is not None
            }
            for message in messages:
                if not is_complete(message) and not kinds.incomplete:
                    self.left.incomplete += 1
                    continue
                found = exported(message, exchanges.get(message.index))
                if found is None:
                    self.left.unknown += 1
                else:
                    yield replace(found, name=self._unused(found.name))

    def _unused(self, name: str) -> str:
        """A file name that no other file has, on file systems that do not tell case too."""
        stem = name.removesuffix(EXTENSION)
        key = stem.lower()
        number = self._names.get(key, 0) + 1
        while number > 1 and f"{key}-{number}" in self._names:
            number += 1
        self._names[key] = number
        if number == 1:
            return name
        self._names[f"{key}-{number}"] = 1
        return f"{stem}-{number}{EXTENSION}"


def exported(message: Message, exchange: Exchange | None) -> Exported | None:
    """What to write of a message that has a data set; None where no transfer syntax can be named."""
    syntax, inferred = _transfer_syntax(message)
    if syntax is None:
        return None
    stem = safe_name(sop_instance(message, exchange) or "") or f"frame-{message.frame}"
    command = message.command_set
    if command is not None and command.field is not None and command.field != C_STORE:
        stem = f"{message.command}.{stem}"
    marked = "" if is_complete(message) else ".incomplete"
    return Exported(message, exchange, f"{stem}{marked}{EXTENSION}", syntax, inferred)


def safe_name(text: str) -> str:
    """What of a text can stand in a file name anywhere; empty if nothing can."""
    name = _UNSAFE.sub("_", text[: 4 * LONGEST_NAME]).strip("._- ")[:LONGEST_NAME].rstrip(".")
    return f"_{name}" if _RESERVED.match(name) else name


def sop_instance(message: Message, exchange: Exchange | None) -> str | None:
    """The SOP instance UID that a message is about; that which an N-CREATE-RSP gives to what it created."""
    command = message.command_set
    if command is not None and command.sop_instance:
        return command.sop_instance
    answer = exchange.final.command_set if exchange is not None and exchange.final is not None else None
    return answer.sop_instance if answer is not None else None


def _transfer_syntax(message: Message) -> tuple[str | None, str]:
    """The transfer syntax of a data set, and why it is a guess."""
    context = message.association.context(message.context_id)
    if context is not None and context.accepted and is_uid(context.transfer_syntax):
        return context.transfer_syntax, ""
    if context is not None and context.inferred and is_uid(context.transfer_syntax):
        return context.transfer_syntax, context.inferred
    return guess_syntax(message.data_bytes())


def write_object(capture: Capture, each: Exported, path: Path, *, overwrite: bool) -> dict[str, Any]:
    """Write one file; returns its row of the manifest. Raises SaveError."""
    message, association = each.message, each.message.association
    by_requestor = message.side == association.requestor_side
    titles = association.calling_ae, association.called_ae
    sender, receiver = titles if by_requestor else titles[::-1]
    sop_class, instance = association.sop_class(message), sop_instance(message, each.exchange)
    # of a message's place in its capture: what has no UID gets the same one each time
    place = f"{association.start} {message.time} {message.frame} {message.start} {message.side}"
    class_uid = sop_class if sop_class and is_uid(sop_class) else made_up_uid(f"class {sop_class}")
    instance_uid = instance if instance and is_uid(instance) else made_up_uid(f"instance {instance} {place}")
    head = file_head(class_uid, instance_uid, each.transfer_syntax, sender, receiver)
    with creating(capture, path, overwrite=overwrite) as out:
        digest = _copy(message, head, out)
    data = message.data_bytes()
    answer = message if message.is_response else (each.exchange.final if each.exchange else None)
    return {
        "file": each.name,
        "sha256": digest if each.complete else None,
        "length": len(data),
        "complete": each.complete,
        "damage": message.damage or (None if message.data_ended else "its last fragment never came"),
        "missing": sum(gap.length for gap in data.gaps()),
        "capture": capture.name,
        "association": association.index,
        "message": message.index,
        "frame": message.frame,
        "time": exact(message.time),
        "command": message.command,
        "sender": message.sender,
        "calling_ae": association.calling_ae,
        "called_ae": association.called_ae,
        "sop_class": sop_class,
        "sop_class_name": tables.uid_name(sop_class) if sop_class else None,
        "sop_instance": instance,
        "media_storage_sop_class": class_uid,
        "media_storage_sop_instance": instance_uid,
        "transfer_syntax": each.transfer_syntax,
        "transfer_syntax_name": tables.uid_name(each.transfer_syntax),
        "transfer_syntax_inferred": each.inferred or None,
        "status": status_object(answer.status, sop_class, answer.command or "") if answer else None,
    }


def _copy(message: Message, head: bytes, out: BinaryIO) -> str:
    """Write the head and the data set; returns the SHA-256 of the data set."""
    out.write(head)
    data, found = message.data_bytes(), hashlib.sha256()
    for start in range(0, len(data), CHUNK):
        chunk = data.read(start, start + CHUNK)
        found.update(chunk)
        out.write(chunk)
    return found.hexdigest()


class _Manifest:
    """A JSON object with a line for each file, written as they come: there may be a million of them."""

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self._path = path
        self._file = creating(None, path, overwrite=overwrite)
        self._out = self._file.__enter__()
        self._between = "\n"
        self._put(f'{{"schema": "{SCHEMA}", "objects": [')

    def add(self, row: dict[str, Any]) -> None:
        self._put(self._between + dumps(row))
        self._between = ",\n"

    def close(self) -> None:
        try:
            self._put("\n]}\n")
        finally:
            self._file.__exit__(None, None, None)

    def _put(self, text: str) -> None:
        try:
            self._out.write(text.encode("ascii"))
        except OSError as error:
            raise SaveError(f"{self._path}: cannot be written ({error.strerror or error})") from error
