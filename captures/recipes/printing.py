"""Print management: DCMTK's spooler prints two images on one film."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from recording import dcmtk_log, objects, print_log
from recording.listener import Listener, association, entity
from recording.processes import Process, run_tool
from recording.registry import recipe
from recording.stage import PORT, Stage
from recording.truth import Association
from recording.waiting import wait_for_files

GRAYSCALE_PRINT = "1.2.840.10008.5.1.1.9"
FILM_SESSION = "1.2.840.10008.5.1.1.1"
IMAGE_BOX = "1.2.840.10008.5.1.1.4"
PRINT = 1  # PS3.4 H.4.1.2.4, action type

# BinaryLog makes the print server keep each message: this recording's oracle.
# The printer is the IHEFULL of DCMTK's printers.cfg with less to choose from.
CONFIGURATION = """\
[[GENERAL]]
[APPLICATION]
LogDirectory = log
[PRINT]
Directory = spool
DetailedLog = true
BinaryLog = true
[DATABASE]
Directory = database
[NETWORK]
aetitle = DCMPSTATE
[[COMMUNICATION]]
[IHEFULL]
Aetitle = IHEFULL
Description = Example printer
Hostname = 127.0.0.1
Port = {port}
Type = LOCALPRINTER
BorderDensity = 150\\20\\BLACK\\WHITE
DisplayFormat = 1,1\\1,2\\2,2
EmptyImageDensity = 20\\BLACK\\WHITE
FilmDestination = MAGAZINE\\PROCESSOR
FilmSizeID = 8INX10IN\\10INX12IN
MagnificationType = REPLICATE\\BILINEAR\\CUBIC\\NONE
MaxDensity = 320
MaxPDU = 32768
MediumType = PAPER\\CLEAR FILM\\BLUE FILM
MinDensity = 20
PresentationLUTMatchRequired = false
ResolutionID = STANDARD\\HIGH
SmoothingType = NONE
Supports12Bit = true
SupportsDecimateCrop = true
SupportsImageSize = true
SupportsPresentationLUT = true
SupportsTrim = true
"""


@contextmanager
def printer_scp(stage: Stage) -> Iterator[tuple[Process, tuple[str, ...]]]:
    """DCMTK's print server, and the options that make its tools use the same printer."""
    for name in ("database", "spool", "log"):
        stage.directory(name)
    configuration = stage.write("print.cfg", CONFIGURATION.format(port=PORT))
    printer = ("-c", str(configuration), "-p", "IHEFULL")
    with stage.server("dcmprscp", "-d", *printer, cwd=stage.temporary) as process:
        yield process, printer


@recipe(
    "print.pcap",
    "Two images on one film, from negotiation to the printed page: N-GET of the printer,"
    " N-CREATE of presentation LUT, film session and film box, N-SET of two image boxes,"
    " N-ACTION to print, N-DELETE of all that was created.",
    "dcmprscu {dcmtk} -> dcmprscp {dcmtk}",
    tools=("dcmpsprt", "dcmprscu", "dcmprscp", "tcpdump"),
)
def print_film(stage: Stage) -> list[Association]:
    images = [
        str(objects.saved(objects.gray(objects.CT, number), stage.path(f"{number}.dcm"))) for number in (1, 2)
    ]
    session = ("--copies", "1", "--medium-type", "BLUE FILM", "--label", "Example")
    with printer_scp(stage) as (printing, printer):
        run_tool("dcmpsprt", *printer, "-l", "1", "2", *images, cwd=stage.temporary)
        (job,) = stage.path("database").glob("SP_*")
        with stage.tcpdump():
            run_tool("dcmprscu", *printer, *session, str(job), cwd=stage.temporary)
        printing.wait_for_log("I: Association Release")
        # The server writes its binary log after the connection has gone.
        (log,) = wait_for_files(stage.path("spool"), "PrintSCP_*")
    (printed,) = dcmtk_log.associations(printing.log, "acceptor")
    printed.messages = print_log.messages(log)
    return [printed]


@recipe(
    "print-errors.pcap",
    "A print job gone wrong: an attribute value the printer does not know, an image box"
    " that does not exist, a film session printed before it has a film box.",
    "pynetdicom {pynetdicom} -> dcmprscp {dcmtk}",
    tools=("dcmprscp", "tcpdump"),
)
def print_errors(stage: Stage) -> list[Association]:
    heard, session = Listener(), objects.uid("film session")
    with printer_scp(stage):
        with stage.tcpdump():
            with association(entity("PRINTING", GRAYSCALE_PRINT), heard, called="IHEFULL") as peer:
                ask = partial(peer.send_n_create, meta_uid=GRAYSCALE_PRINT)
                ask(objects.data_set(MediumType="STONE"), FILM_SESSION, session, msg_id=1)
                ask(objects.data_set(MediumType="PAPER"), FILM_SESSION, session, msg_id=2)
                peer.send_n_set(
                    objects.data_set(ImageBoxPosition=1),
                    IMAGE_BOX,
                    objects.uid("image box"),
                    msg_id=3,
                    meta_uid=GRAYSCALE_PRINT,
                )
                peer.send_n_action(None, PRINT, FILM_SESSION, session, msg_id=4, meta_uid=GRAYSCALE_PRINT)
                peer.send_n_delete(FILM_SESSION, session, msg_id=5, meta_uid=GRAYSCALE_PRINT)
    return heard.associations
