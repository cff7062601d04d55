"""`loanwatch models`: which detectors are heard; comparing, promoting, rolling back.

What is heard is what signed control records say (subject `detector:NAME`), less what the step has
demoted since: this puts records there as `loanwatch control` does, and reads them from there and
what the step says of its detectors from `models`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import orjson
import typer
from rich.console import Console
from rich.table import Table

from detectors import DETECTORS
from detectors.ews import NAME as EWS
from schemas.control import DetectorBody, Standing
from stream import clock
from stream.commands.control_sending import put_in_force, reachable
from stream.commands.models_report import (
    described,
    entry,
    latest_model,
    previous,
    read_calibration,
    records_of,
    row_of,
    version_of,
)
from stream.commands.models_told import MODELS, again, read_models, share_table, with_health
from stream.decide.heard import OF_SEGMENTS, StandingError, check, versions
from stream.evaluate.bootstrap import DRAWS
from stream.evaluate.calibrate import calibrate as calibrate_
from stream.evaluate.compare import compare as compare_
from stream.journal.log_reading import read_partition
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.control_topic import CONTROL, read_register
from stream.sources.keys import read_trust
from stream.sources.labels import read_labels

if TYPE_CHECKING:
    from schemas.learned_model import LearnedModel
    from schemas.model import ModelStanding
    from stream.sources.control_file import Register

Name = Annotated[str, typer.Argument(metavar="DETECTOR", help="As rules name it: cusum.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Keys = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Private key (PEM) to sign with: author, then approver."),
]
Reason = Annotated[str, typer.Option(help="Why; stands in the record, so name no borrower.")]
LEARNED: Final = "learned-models"
COLUMNS: Final = (
    *("detector", "version", "standing", "record", "since", "calibrated"),
    *("health", "right"),
)
FILE_COLUMNS: Final = ("auc", "recall_at", "recall", "false_share", "precision", "rate", "early")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Say which detectors are heard: list, show, calibrate, compare, promote, roll back.",
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the detectors with their standing, and since which record."""
    register, told = _known()
    names = sorted((*versions(DETECTORS), EWS))
    rows = [with_health(described(register, name), told) for name in names]
    if as_json:
        typer.echo(orjson.dumps(rows))
        return
    table = Table(*COLUMNS, box=None)
    for row in rows:
        calibrated = ", ".join(row["calibrated"])
        table.add_row(
            row["detector"],
            str(row["version"]),
            row["standing"],
            row.get("record_id", "(at first)"),
            row.get("issued_at", ""),
            calibrated,
            row.get("worst", ""),
            f"{row['right']} of {row['judged']}" if row.get("judged") else "",
        )
    console = Console()
    console.print(table)
    for row in rows:
        if row.get("demoted"):
            console.print(f"{row['detector']} is {row['demoted']}", highlight=False)


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show one detector in full: what it hears, what it keeps, and every record about it.

    Of `ews` also what the model that learns has come to, beside the one in force, by outcomes; of
    each whose cases people have closed, how many were false alarms by region, size and segment.
    """
    version_of(name)
    register, told = _known()
    fields = with_health(described(register, name), told) | {
        "history": [entry(each) for each in records_of(register, name)]
    }
    if name == EWS and (learned := _learned()) is not None:
        fields["learned"] = msgspec.to_builtins(learned)
    typer.echo(orjson.dumps(fields, option=0 if as_json else orjson.OPT_INDENT_2))
    if not as_json and fields.get("shares"):
        typer.echo(f"False alarms of the cases closed from {fields['shares_from']} on:")
        Console().print(share_table(fields["shares"]), highlight=False)


@app.command()
def calibrate(
    name: Name,
    files: Annotated[list[Path], typer.Argument(help="JSON Lines, in order.", exists=True)],
    out: Annotated[Path, typer.Option(help="File to write what `promote` takes.")],
) -> None:
    """Count what a detector says in files of events, so that its p-values are believed aright.

    Files should be of healthy times and of the lender's own segments; no label is needed.
    """
    version_of(name)
    if name in OF_SEGMENTS:
        raise StandingError(f"expected a detector, got `{name}`: what it rests on is folded")
    if name == EWS:
        raise StandingError(
            f"`{EWS}` says a chance and no p-value, so there is nothing to calibrate"
        )
    found = calibrate_(files, name, wall_now_ms=clock.now_ms())
    out.write_bytes(msgspec.json.encode(found.body()))
    for (segment, aged), scores in sorted(found.scores.items()):
        typer.echo(f"{segment}, {'aged' if aged else 'young'}: {scores:,} scores")


@app.command()
def compare(
    file: Annotated[Path, typer.Argument(help="JSON Lines.", exists=True, dir_okay=False)],
    *,
    labels: Annotated[
        Path, typer.Option(help="What became of whom, CSV.", exists=True, dir_okay=False)
    ],
    warm_up_days: Annotated[
        int, typer.Option(min=0, help="Days after a borrower's first event that do not count.")
    ] = 0,
    false_share: Annotated[
        float, typer.Option(min=0.001, max=0.999, help="Share of the good to compare recalls at.")
    ] = 0.1,
    draws: Annotated[int, typer.Option(min=1, help="Of the bootstrap.")] = DRAWS,
    as_json: Json = False,
) -> None:
    """Run all detectors in shadow over a file, and mark each against labels, with intervals.

    Needs no Kafka. Each is marked as if it alone were heard, held to two alerts per 100 borrowers
    a month; the suite is all of them together (docs/evaluation.md).
    """
    found = compare_(
        file,
        read_labels(labels),
        wall_now_ms=clock.now_ms(),
        false_share=false_share,
        warm_up_days=warm_up_days,
        draws=draws,
    )
    if as_json:
        plain = {
            name: {mark: of._asdict() for mark, of in marks.items()}
            for name, marks in found.items()
        }
        typer.echo(orjson.dumps(plain))
        return
    table = Table("voice", *FILE_COLUMNS, box=None)
    for name, marks in found.items():
        cells = ("{:.3f} [{:.3f}, {:.3f}]".format(*marks[mark]) for mark in FILE_COLUMNS)
        table.add_row(name, *cells)
    console = Console()
    console.width = max(console.width, 190)
    console.print(table)


@app.command()
def promote(
    name: Name,
    calibration: Annotated[
        Path | None,
        typer.Option(help="What `calibrate` wrote; needed but for D1, D2, D5 and M.", exists=True),
    ] = None,
    reason: Reason = "",
    key: Keys = None,
    as_json: Json = False,
) -> None:
    """Let a detector be heard: rules that ask are told its p-values; two people sign.

    Of `ews` the model that learns is put in force as it stands: its chances are compared on, and
    nothing that decides reads them yet.
    """
    given = read_calibration(calibration, name) if calibration else ()
    body = DetectorBody(
        detector=name,
        version=version_of(name),
        standing=Standing.IN_FORCE,
        calibration=given,
        reason=reason,
        row=row_of(_learned()) if name == EWS else None,
    )
    _put(body, key, as_json=as_json)


@app.command()
def demote(name: Name, reason: Reason = "", key: Keys = None, as_json: Json = False) -> None:
    """Let a detector be silent: it learns on, and rules are told nothing of it."""
    _put(_silent(name, reason), key, as_json=as_json)


@app.command()
def rollback(name: Name, reason: Reason = "", key: Keys = None, as_json: Json = False) -> None:
    """Put back what stood before the latest record about a detector; two people sign."""
    register = _register()
    before = previous(register, name)
    _put(msgspec.structs.replace(before, reason=reason), key, as_json=as_json)


def _silent(name: str, reason: str) -> DetectorBody:
    version = version_of(name)
    return DetectorBody(detector=name, version=version, standing=Standing.SHADOW, reason=reason)


def _put(body: DetectorBody, key: list[Path] | None, *, as_json: bool) -> None:
    check(DETECTORS, body)
    reachable()
    if body.standing is Standing.IN_FORCE and not body.reason:
        reason = again(body.detector, read_models(Settings.from_env()))
        body = msgspec.structs.replace(body, reason=reason)
    put_in_force(body, key, None, as_json=as_json)


def _learned() -> LearnedModel | None:
    settings = Settings.from_env()
    preflight(settings, {LEARNED: {"READ"}})
    told = read_partition(settings, LEARNED, 0)
    return latest_model(each.value for each in told if each.key == EWS.encode())


def _known() -> tuple[Register, dict[str, ModelStanding]]:
    """Return what is signed, and what the step says."""
    settings = Settings.from_env()
    preflight(settings, {MODELS: {"READ"}})
    return _register(), read_models(settings)


def _register() -> Register:
    settings = Settings.from_env()
    preflight(settings, {CONTROL: {"READ"}})
    return read_register(settings, read_trust(settings.trust_file))
