"""`loanwatch replay`: folds a file or a journal without a worker, and says what came out."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

import rules
from schemas.control import Clock, GoLiveBody, RuleSetBody
from schemas.dead_letter import Origin
from schemas.signing import Trust
from stream.clock import now_ms
from stream.decide import Book
from stream.replay.crossed import Crossed
from stream.replay.files import FileJournal
from stream.replay.journals import fold_journal
from stream.replay.tally import Tally
from stream.replay.trial import OtherRules, Trial
from stream.settings import Settings
from stream.sources.keys import read_trust
from stream.sources.rule_files import read_rule_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alert import Alert
    from stream.replay.tally import Report

PACK: Final = "postloan"
REDRAW_EVERY: Final = 2_000
KIB_PER_MIB: Final = 1024

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


class ReplayError(ValueError):
    """A replay that was asked for in a way that makes no sense."""


@app.command()
def replay(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="JSON Lines, folded in this order.", exists=True, dir_okay=False),
    ] = None,
    *,
    from_kafka: Annotated[
        bool, typer.Option("--from-kafka", help="Fold the journal of the cluster instead.")
    ] = False,
    rules_dir: Annotated[
        Path | None,
        typer.Option("--rules", help="Folder of .ewl files to fold with.", exists=True),
    ] = None,
    alerts_to: Annotated[
        typer.FileBinaryWrite | None,
        typer.Option("--alerts", help="File to write every alert to, JSON Lines."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fold a file of envelopes, or a journal, and say what came out.

    A file is folded live, on the input clock, with the rules of --rules or else the shipped ones.
    A journal (--from-kafka) is folded with what its own control records say, unless --rules puts
    other rules in their place: what would these have said?

    Two replays of the same input give the same SHA-256 of the decisions; that of a journal is
    also that of what the workers published.
    """
    if bool(files) == from_kafka:
        raise ReplayError("expected files or --from-kafka, and not both")

    def keep(alert: Alert) -> None:
        if alerts_to is not None:
            alerts_to.write(orjson.dumps(_plain(alert)) + b"\n")

    tally, began_s = Tally(on_alert=keep), time.monotonic()
    with _progress(hidden=as_json) as bar:
        if from_kafka:
            report = _of_journal(rules_dir, tally, bar)
        else:
            report = _of_files(files or [], rules_dir, tally, bar)
    _print(report, time.monotonic() - began_s, as_json=as_json)


def _rules(folder: Path | None) -> dict[str, str]:
    return rules.pack(PACK) if folder is None else read_rule_files(folder)


def _of_files(files: list[Path], rules_dir: Path | None, tally: Tally, bar: Progress) -> Report:
    trial = Trial()
    book = Book(trial.trust(Trust()), speaks=True)
    journal = FileJournal(Crossed(book, tally.take).fold, tally, wall_now_ms=now_ms())
    journal.control(trial.signed(RuleSetBody(files=_rules(rules_dir))))
    journal.control(trial.signed(GoLiveBody(clock=Clock.INPUT)))
    for path in files:
        for origin, line in _lines(path, bar):
            journal.line(line, origin)
    journal.end()
    return tally.report([book])


def _lines(path: Path, bar: Progress) -> Iterator[tuple[Origin, bytes]]:
    task = bar.add_task(path.name, total=path.stat().st_size)
    read = 0
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if line.strip():
                yield Origin(topic=path.name, partition=0, offset=number), line.rstrip(b"\r\n")
            read += len(line)
            if number % REDRAW_EVERY == 0:
                bar.update(task, completed=read)
    bar.update(task, completed=read)


def _of_journal(rules_dir: Path | None, tally: Tally, bar: Progress) -> Report:
    settings = Settings.from_env()
    trust, other = read_trust(settings.trust_file), None
    if rules_dir is not None:
        trial = Trial()
        trust, other = trial.trust(trust), OtherRules(trial, _rules(rules_dir))
    task = bar.add_task("journal", total=None)
    return fold_journal(settings, trust, tally, rules=other, on_record=lambda: bar.advance(task))


def _progress(*, hidden: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
    )


def _print(report: Report, seconds: float, *, as_json: bool) -> None:
    found = {
        **_plain(report),
        "seconds": round(seconds, 3),
        "events_per_second": round(sum(report.events.values()) / seconds),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB_PER_MIB,
    }
    if as_json:
        typer.echo(orjson.dumps(found))
        return
    table = Table("what", Column("count", overflow="fold"), box=None)
    for name, value in found.items():
        if isinstance(value, dict):
            for part, count in value.items():
                table.add_row(f"{name} {part}", _counts(count))
        else:
            table.add_row(name.replace("_", " "), _counts(value))
    Console().print(table)


def _counts(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _plain(struct: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(struct)
    return plain
