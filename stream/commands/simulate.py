"""`loanwatch simulate`: a made-up book of loans as a file of envelopes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Final

import msgspec
import orjson
import typer
from rich.console import Console
from rich.progress import track

from stream.sources.labels import write_labels
from stream.sources.records import write
from stream.sources.simulator.book import LARGEST_BOOK, Book, write_planted
from stream.sources.simulator.plots import ALL, NONE, PLOTS
from stream.sources.simulator.truth import writer

FIRST_DAY: Final = "2026-01-05"

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def simulate(
    *,
    out: Annotated[typer.FileBinaryWrite, typer.Option(help="File to write, JSON Lines.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same bytes.")] = 7,
    borrowers: Annotated[int, typer.Option(min=1, max=LARGEST_BOOK, help="How many.")] = 100,
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 60,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day.")
    ] = FIRST_DAY,  # type: ignore[assignment]  # Typer reads the default as it reads the option
    stories: Annotated[
        str,
        typer.Option(help=f"Stories to plant, by comma: `{ALL}`, `{NONE}` or {', '.join(PLOTS)}."),
    ] = "",
    regular: Annotated[
        bool, typer.Option("--regular", help="Shops that vary within bounds and never close.")
    ] = False,
    planted: Annotated[
        typer.FileTextWrite | None,
        typer.Option(encoding="utf-8", help="File to list in what was planted, CSV."),
    ] = None,
    truth: Annotated[
        typer.FileBinaryWrite | None,
        typer.Option(help="File for what is true at the end of each day, JSON Lines."),
    ] = None,
    labels: Annotated[
        typer.FileTextWrite | None,
        typer.Option(encoding="utf-8", help="File for labels by size of shop, CSV: who is bad."),
    ] = None,
    feeds: Annotated[
        bool, typer.Option("--feeds", help="Let feeds send heartbeats and close their dates.")
    ] = False,
    positions: Annotated[
        bool, typer.Option("--positions", help="Let the core send each loan's position daily.")
    ] = False,
    contacts: Annotated[
        bool,
        typer.Option("--contacts", help="Say how borrowers may be contacted; else nobody is."),
    ] = False,
    controls: Annotated[
        typer.FileBinaryWrite | None,
        typer.Option(help="File for what the lender declares, JSON Lines."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write the events of a made-up lender: small shops, healthy but for what is planted.

    Each shop has sales, settlements on the next business day, and a loan whose instalments are
    debited. Shops vary as the false-alarm study has it, most close for the Spring Festival, five
    acquirers tell of them; with --regular nothing in a healthy day is out of the usual.

    Planted are debits without funds, changed payees, odd amounts, and decoys that look like them;
    or the --stories that are asked for. --planted lists which borrower, which rule, which tier,
    when, and what is expected. --truth is the simulator's own ledger of sales and loans. With
    --feeds sources say how far they have come, and --controls has what makes that be believed:
    nothing is missed of a feed that nobody declared. With --contacts borrowers can be reached, so
    that collection triggers are proposed; the profile they are contacted under is a draft, which
    --controls accepts.

    Nothing in it is fitted to real data, and it says so: its sources begin with `simulator`, its
    tokens with `sim`.
    """
    book = Book(
        seed=seed,
        borrowers=borrowers,
        days=days,
        start=start.date(),
        lifelike=not regular,
        stories=tuple(filter(None, stories.split(","))),
        contactable=contacts,
    )
    console = Console(stderr=True)
    bar = track(
        book.days,
        "simulating",
        console=console,
        transient=True,
        disable=as_json or not console.is_terminal,
    )
    told = writer(truth) if truth else None
    written = write(book.records(bar, truth=told, feeds=feeds, positions=positions), out)
    if controls:
        controls.writelines(msgspec.json.encode(body) + b"\n" for body in book.controls)
    if planted:
        write_planted(book.planted, planted)
    if labels:
        write_labels(book.labels, labels)
    cases = Counter(row.case for row in book.planted)
    if as_json:
        typer.echo(orjson.dumps({"written": written, "planted": cases, "seed": seed}))
    else:
        _print("written", written)
        _print("planted", cases)


def _print(title: str, counts: Counter[str]) -> None:
    typer.echo(f"{title}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
