"""The captures that are measured: like real transfers, all bytes made here, no patient in them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from tests.benchmarks.rows import (
    ADDRESS,
    PORT,
    Matrix,
    Wire,
    put,
    put_digits,
    put_times,
    record,
)
from tests.craft import EXPLICIT, FIND, IMPLICIT, VERIFICATION, Talk, dicom

MAMMOGRAPHY = "1.2.840.10008.5.1.4.1.1.1.2"  # Digital Mammography X-Ray Image, For Presentation


def store(
    path: Path, *, mss: int, lines: int, images: int, columns: int = 5000, max_pdu: int = 131072
) -> None:
    """One association that stores `images` uncompressed images of `lines` * `columns` * 2 bytes.

    tshark's time depends on the number of PDVs more than on that of bytes. 128 KB, the largest that DCMTK
    takes, is what it likes; 16 KB is the default of most implementations.
    """
    generator = np.random.default_rng(20)
    pixels = generator.integers(0, 256, lines * columns * 2, np.uint8).tobytes()
    with path.open("wb") as out:
        wire = Wire(out, mss=mss, gap=8_000)
        wire.open()
        wire.send(
            "requestor", dicom.associate_rq("MAMMO1", "ARCHIVE", [(1, MAMMOGRAPHY, [EXPLICIT, IMPLICIT])])
        )
        wire.send("acceptor", dicom.associate_ac("MAMMO1", "ARCHIVE", [(1, EXPLICIT)], maximum=max_pdu))
        for number in range(1, images + 1):
            instance = f"1.2.826.0.1.3680043.10.999.3.{number}"
            request = dicom.command_set(
                AffectedSOPClassUID=MAMMOGRAPHY,
                CommandField=0x0001,
                MessageID=number,
                Priority=0,
                CommandDataSetType=1,
                AffectedSOPInstanceUID=instance,
            )
            response = dicom.command_set(
                AffectedSOPClassUID=MAMMOGRAPHY,
                CommandField=0x8001,
                MessageIDBeingRespondedTo=number,
                CommandDataSetType=0x0101,
                Status=0,
                AffectedSOPInstanceUID=instance,
            )
            data = _image_header(instance, lines, columns) + dicom.explicit(0x7FE00010, "OW", pixels)
            wire.send("requestor", dicom.p_data(dicom.pdv(1, 3, request)))
            wire.send("requestor", _fragments(data, max_pdu - 6))
            wire.send("acceptor", dicom.p_data(dicom.pdv(1, 3, response)))
        wire.send("requestor", dicom.pdu(0x05))
        wire.send("acceptor", dicom.pdu(0x06))
        wire.close()


def _image_header(instance: str, lines: int, columns: int) -> bytes:
    def number(value: int) -> bytes:
        return struct.pack("<H", value)

    def uid(value: str) -> bytes:
        return value.encode() + b"\0" * (len(value) % 2)

    return b"".join(
        (
            dicom.explicit(0x00080016, "UI", uid(MAMMOGRAPHY)),
            dicom.explicit(0x00080018, "UI", uid(instance)),
            dicom.explicit(0x00080060, "CS", b"MG"),
            dicom.explicit(0x00100010, "PN", b"PHANTOM^BENCH "),
            dicom.explicit(0x00280002, "US", number(1)),
            dicom.explicit(0x00280004, "CS", b"MONOCHROME2 "),
            dicom.explicit(0x00280010, "US", number(lines)),
            dicom.explicit(0x00280011, "US", number(columns)),
            dicom.explicit(0x00280100, "US", number(16)),
            dicom.explicit(0x00280101, "US", number(16)),
            dicom.explicit(0x00280102, "US", number(15)),
            dicom.explicit(0x00280103, "US", number(0)),
        )
    )


def _fragments(data: bytes, size: int) -> bytes:
    """The data set in P-DATA PDUs of `size` bytes each; a thousand times as fast as one by one."""
    count = (len(data) - 1) // size
    head = dicom.p_data(dicom.pdv(1, 0, bytes(size)))[:12]
    rows = np.empty((count, 12 + size), np.uint8)
    rows[:, :12] = np.frombuffer(head, np.uint8)
    rows[:, 12:] = np.frombuffer(data, np.uint8, count * size).reshape(count, size)
    return rows.tobytes() + dicom.p_data(dicom.pdv(1, 2, data[count * size :]))


def echoes(path: Path, *, associations: int = 20_000, stations: int = 50) -> None:
    """Health checks: each a connection of 16 packets, one C-ECHO, coming from one of `stations` in turn."""
    talk = Talk(calling="STATION00", called="ARCHIVE")
    talk.requestor.raw(dicom.associate_rq("STATION00", "ARCHIVE", [(1, VERIFICATION, [IMPLICIT])]))
    talk.acceptor.acknowledge()
    talk.acceptor.raw(dicom.associate_ac("STATION00", "ARCHIVE", [(1, IMPLICIT)]))
    talk.requestor.acknowledge()
    talk.echo()
    talk.release(close=False)
    talk.requestor.acknowledge()
    talk.requestor.fin()
    talk.acceptor.acknowledge()
    talk.acceptor.fin()
    talk.requestor.acknowledge()
    segments = talk.segments()
    records = [record(segment.frame()) for segment in segments]
    starts = np.cumsum([0, *map(len, records)]).tolist()
    rows = np.tile(np.frombuffer(b"".join(records), np.uint8), (associations, 1))
    number = np.arange(associations, dtype=np.int64)
    station = number % stations
    for index, (segment, start) in enumerate(zip(segments, starts[:-1], strict=True)):
        put_times(rows, start, talk.time + number * 20_000_000 + index * 400_000)
        ours = 0 if segment.sender == "requestor" else 1
        put(rows, start + ADDRESS + 4 * ours + 3, 10 + station, ">u1")
        put(rows, start + PORT + 2 * ours, 32768 + number // stations * 7 % 28000, ">u2")
        at = segment.payload.find(b"STATION00")
        if at >= 0:
            put_digits(rows, start + PORT + 20 + at + len("STATION"), station, 2)
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        rows.tofile(out)


def finds(path: Path, *, responses: int) -> None:
    """One C-FIND with many pending responses: command and identifier in PDUs and segments of their own."""
    request = dicom.command_set(
        AffectedSOPClassUID=FIND, CommandField=0x0020, MessageID=1, Priority=0, CommandDataSetType=1
    )
    pending, success = (
        dicom.command_set(
            AffectedSOPClassUID=FIND,
            CommandField=0x8020,
            MessageIDBeingRespondedTo=1,
            CommandDataSetType=kind,
            Status=status,
        )
        for kind, status in ((1, 0xFF00), (0x0101, 0x0000))
    )
    identifier = (
        dicom.implicit(0x00080052, b"STUDY ")
        + dicom.implicit(0x00100010, b"PHANTOM^000000")
        + dicom.implicit(0x00100020, b"000000")
        + dicom.implicit(0x0020000D, b"1.2.826.0.1.3680043.10.999.4.000000\0")
    )
    keys = dicom.implicit(0x00080052, b"STUDY ") + b"".join(
        dicom.implicit(tag, b"") for tag in (0x00100010, 0x00100020, 0x0020000D)
    )
    data = dicom.p_data(dicom.pdv(1, 2, identifier))
    digits = [at for at in range(len(data)) if data[at : at + 6] == b"000000"]
    with path.open("wb") as out:
        wire = Wire(out, mss=1448, gap=50_000)
        wire.open()
        wire.send("requestor", dicom.associate_rq("VIEWER", "ARCHIVE", [(1, FIND, [IMPLICIT])]))
        wire.send("acceptor", dicom.associate_ac("VIEWER", "ARCHIVE", [(1, IMPLICIT)]))
        wire.send("requestor", dicom.p_data(dicom.pdv(1, 3, request)))
        wire.send("requestor", dicom.p_data(dicom.pdv(1, 2, keys)))
        command = dicom.p_data(dicom.pdv(1, 3, pending))
        for first in range(0, responses, 50_000):
            count = min(50_000, responses - first)
            number = np.arange(first, first + count, dtype=np.int64)

            def fill(rows: Matrix, columns: list[int], number: np.ndarray = number) -> None:
                for at in digits:
                    put_digits(rows, columns[1] + at, number, 6)

            wire.repeat([("acceptor", command), ("acceptor", data), ("requestor", b"")], count, fill)
        wire.send("acceptor", dicom.p_data(dicom.pdv(1, 3, success)))
        wire.send("requestor", dicom.pdu(0x05))
        wire.send("acceptor", dicom.pdu(0x06))
        wire.close()
