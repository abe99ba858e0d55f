"""`pduscope check` and `pduscope rules`: what is wrong in captures, and what could be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from dissect.terminal import UNUSABLE, complain, look, write
from dissect.verbs import captures

if TYPE_CHECKING:
    from dissect.outputs.findings import Report

ERRORS_FOUND = 1
FORMATS = ("text", "ndjson", "sarif", "junit")
SEVERITIES = ("error", "warning", "info")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--rule", "chosen", multiple=True, metavar="ID", help="Only this rule, or these.")
@click.option(
    "--severity", type=click.Choice(SEVERITIES), default="info", help="Only findings as bad, or worse."
)
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="text",
    help="text (the default), a JSON object for each finding, or a report in SARIF 2.1.0 or JUnit XML.",
)  # fmt: skip
@click.option(
    "--validate", is_flag=True,
    help="Check stored objects against their IOD too: needs the extra pduscope[validate].",
)  # fmt: skip
@click.option(
    "--edition", metavar="DIR-or-NAME",
    help="The edition of the standard to validate by: a directory with its parts 3, 4 and 6 in DocBook, or a"
    " name such as 2025c in ~/dicom-validator. By default the latest there, else the one that comes with"
    " pduscope. None is ever downloaded.",
)  # fmt: skip
def check(
    files: tuple[str, ...], chosen: tuple[str, ...], severity: str, format_: str, validate: bool,
    edition: str | None,
) -> int:  # fmt: skip
    """Check captures against the standard, and tell what else went wrong.

    Findings are grouped by association, the worst first, with the bytes that show them and the clause they
    rest on. The exit status is 1 where an error was found, 2 where a file could not be read, 0 otherwise.

    \b
    pduscope check --severity error --format junit night.pcapng > report.xml
    pduscope check --rule max-pdu --rule pdv-odd *.pcap
    pduscope check --validate --edition docbook/ night.pcapng
    """
    from dissect.editions import EditionError, home, load
    from dissect.outputs import findings as outputs  # deferred: numpy takes 0.14 s
    from dissect.rules.registry import IOD_RULES, RULES

    for name in chosen:
        if name in IOD_RULES and not validate:
            raise click.UsageError(f"rule {name!r} goes with --validate")
        if name not in RULES and name not in IOD_RULES:
            raise click.UsageError(f"there is no rule {name!r}; pduscope rules lists them")
    if edition is not None and not validate:
        raise click.UsageError("--edition goes with --validate")
    try:
        by = load(edition) if validate else None
    except EditionError as error:
        complain(str(error))
        return UNUSABLE
    if by is not None and edition is None:
        where = "which comes with pduscope" if by.bundled else f"in {home()}"
        complain(f"data sets are judged by edition {by.name}, {where}: --edition names another")
    unusable = False
    wrong = False

    def reports() -> Iterator[Report]:
        nonlocal unusable, wrong
        for capture in captures.every(files):
            if capture is None:
                unusable = True
                continue
            if not capture.associations:
                complain(f"{capture.name}: no DICOM associations: {captures.contents(capture)}")
            report = outputs.Report.of(capture, severity=severity, rules=frozenset(chosen), edition=by)
            wrong = wrong or report.wrong
            yield report

    write(outputs.WRITERS[format_](reports(), look()))
    return UNUSABLE if unusable else ERRORS_FOUND if wrong else 0


@click.command()
@click.argument("name", required=False, metavar="[ID]")
def rules(name: str | None) -> int:
    """List the rules that captures are checked by, or explain the one with ID.

    \b
    pduscope rules
    pduscope rules max-pdu
    """
    from dissect.outputs.rulebook import explained, listed  # deferred: numpy takes 0.14 s
    from dissect.rules.registry import IOD_RULES, RULES

    if name is None:
        write(listed(look()))
        return 0
    rule = RULES.get(name) or IOD_RULES.get(name)
    if rule is None:
        complain(f"there is no rule {name!r}; pduscope rules lists them")
        return UNUSABLE
    write(explained(rule, look()))
    return 0
