"""`loanwatch produce`: plays a file of envelopes into Kafka, as a source would send it."""

from __future__ import annotations

import csv
import os
import stat
import time
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.instants import DAY_MS, wire
from schemas.topics import STREAM_TOPICS
from stream import logs
from stream.clock import now_ms
from stream.commands.up import told_to_stop
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.pace import Pace
from stream.sources.play import Played, Player
from stream.sources.routing import REFERENCES
from stream.sources.sink import Delivered, KafkaSink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

DRAW_EVERY_S: Final = 0.2
EXIT_STOPPED: Final = 130
"""As a shell says of what Ctrl-C has ended."""

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


def _speed(text: str) -> float | None:
    """Read a speed: a number above 0, or `max`."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < float("inf"):
        raise typer.BadParameter(f"expected a number above 0 or `max`, got `{text}`")
    return speed


@app.command()
def produce(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="JSON Lines; `-`: standard input.")],
    speed: Annotated[
        str, typer.Option(help="Seconds of the file a second: 1 is real time; or `max`.")
    ] = "max",
    no_clock: Annotated[
        bool, typer.Option("--no-clock", help="Send no clock records, not even the file's.")
    ] = False,
    sent: Annotated[
        typer.FileTextWrite | None,
        typer.Option(encoding="utf-8", help="File to list what was acknowledged in: topic, id."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play a file of envelopes into Kafka on the input clock.

    References are sent first and acknowledged; events are sent as the clock reaches them. Clock
    records tell, in every partition, how far each source has come: those of the file, about one
    a second between them, and a last one after the last event. docs/envelope.md is the format.

    Ctrl-C ends it early: what was sent is acknowledged and counted.
    """
    pace = Pace(_speed(speed), time.monotonic)
    settings = Settings.from_env()
    logs.configure(settings.log_level, role="produce")
    preflight(settings, {topic: {"WRITE"} for topic in (REFERENCES, *STREAM_TOPICS)})
    sink = KafkaSink(settings, _noted(sent))
    started_s = time.monotonic()
    with told_to_stop() as stop, _bar(file, hidden=as_json) as bar:
        player = Player(sink, pace, clocks=not no_clock, stop=stop, latest_ms=now_ms() + DAY_MS)
        played = player.play(_watched(file, player.played, bar))
    report = _report(played, time.monotonic() - started_s, stopped=stop.is_set())
    typer.echo(orjson.dumps(report) if as_json else _sentences(report))
    if stop.is_set():
        raise typer.Exit(EXIT_STOPPED)


def _noted(sent: TextIO | None) -> Delivered:
    """Return what hears of each acknowledged record and lists it in `sent`."""
    if sent is None:
        return lambda _topic, _record_id: None
    writer = csv.writer(sent, lineterminator="\n")
    writer.writerow(("topic", "event_id"))
    return lambda topic, record_id: writer.writerow((topic, record_id))


def _bar(file: BinaryIO, *, hidden: bool) -> Progress:
    console = Console(stderr=True)
    status = os.fstat(file.fileno())
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[clock]}  {task.fields[records]:,} records"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
    )
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    bar.add_task("producing", total=size, clock="", records=0)
    return bar


def _watched(file: BinaryIO, played: Played, bar: Progress) -> Iterator[bytes]:
    """Yield the lines of `file`, and show now and then how far it is."""
    done, drawn_s = 0, 0.0
    for line in file:
        yield line
        done += len(line)
        if (now_s := time.monotonic()) - drawn_s > DRAW_EVERY_S:
            drawn_s = now_s
            clock = "" if played.last_ms is None else wire(played.last_ms)
            bar.update(bar.task_ids[0], completed=done, clock=clock, records=played.sent.total())


def _report(played: Played, seconds: float, *, stopped: bool) -> dict[str, Any]:
    records = played.sent.total()
    return {
        "sent": dict(played.sent),
        "records": records,
        "clock_records": played.clocks,
        "promises": played.promises,
        "unreadable": played.unreadable,
        "first_problem": played.first_problem or None,
        "from": None if played.first_ms is None else wire(played.first_ms),
        "to": None if played.last_ms is None else wire(played.last_ms),
        "seconds": round(seconds, 3),
        "records_per_second": round(records / seconds),
        "stopped": stopped,
    }


def _sentences(report: dict[str, Any]) -> str:
    counts = ", ".join(f"{topic} {count:,}" for topic, count in report["sent"].items())
    sentences = [
        f"sent {report['records']:,} records in {report['seconds']:.1f} s"
        f" ({report['records_per_second']:,}/s), {report['from']} to {report['to']}: {counts}"
    ]
    if report["unreadable"]:
        sentences.append(
            f"{report['unreadable']:,} of them cannot be taken and become dead letters,"
            f" first {report['first_problem']}"
        )
    if report["stopped"]:
        sentences.append("stopped before the end of the file")
    return "\n".join(sentences)
