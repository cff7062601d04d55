"""`loanwatch import`: public data sets as files of envelopes, and their labels apart.

The data sets are not part of the project; each command is given the folder where one is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, TextIO

import orjson
import typer

from stream.sources.imports import cumcm2020c, online_retail, superlender, uci_taiwan
from stream.sources.imports.tables import PUBLIC_KEY
from stream.sources.labels import Label, write_labels
from stream.sources.records import Record, write

KEY_LEAST_BYTES: Final = 16

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the data set.")]
Out = Annotated[typer.FileBinaryWrite, typer.Option(help="File to write, JSON Lines.")]
Labels = Annotated[
    typer.FileTextWrite | None,
    typer.Option(encoding="utf-8", help="File to write the labels to, CSV."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="File with the key that the tokens are made with; a public one if not given.",
    ),
]
LabelledOnly = Annotated[
    bool, typer.Option("--labelled-only", help="Leave out whoever has no label.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")


@app.callback()
def _about() -> None:
    """Turn public data sets into our events."""


@app.command("uci-taiwan")
def uci_taiwan_(
    folder: Folder,
    out: Out,
    labels: Labels = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Import "default of credit card clients": 30,000 clients, April to September 2005.

    Each month becomes a payment, a status and a statement for each client; days and hours are
    ours, since the set has none, and every event says so. Sex, marriage, education and age are
    not read. The label is default in October.
    """
    clients = uci_taiwan.read_clients(folder, _key(key_file))
    _write(out, uci_taiwan.records(clients), labels, uci_taiwan.labels(clients), as_json=as_json)


@app.command("superlender")
def superlender_(
    folder: Folder,
    out: Out,
    labels: Labels = None,
    labelled_only: LabelledOnly = False,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Import "Loan default prediction challenge": a Nigerian lender's customers, 2016 and 2017.

    Each earlier loan becomes contract, schedule, disbursement and one or two payments. The label
    is how the loan after them went; it is judged at its approval, and its lead is its term.
    """
    key = _key(key_file)
    loans = superlender.read_loans(folder, key, labelled_only=labelled_only)
    judged = superlender.read_labels(folder, key) if labels else []
    _write(out, superlender.records(loans), labels, judged, as_json=as_json)


@app.command("cumcm2020c")
def cumcm2020c_(
    folder: Folder,
    out: Out,
    labels: Labels = None,
    labelled_only: LabelledOnly = False,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Import the invoices of CUMCM 2020, problem C: Chinese small firms, 2016 to 2020.

    Sales become card sales, refunds and voids, purchases become transfers to suppliers. Hours
    are ours. The rating is not read: it is the label in disguise. The label is default, undated;
    a lead is counted to the firm's last invoice and is a proxy.
    """
    tables = cumcm2020c.Invoices(folder, _key(key_file), labelled_only=labelled_only)
    invoices = tables.read()
    judged = tables.labels(invoices) if labels else ()
    _write(out, cumcm2020c.records(invoices), labels, judged, as_json=as_json)


@app.command("online-retail")
def online_retail_(
    folder: Folder,
    out: Out,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Import "Online Retail": the sale lines of one British web shop, 2010 and 2011.

    For mechanics and throughput: it has no label. Equal lines are one fact sent again.
    """
    _write(out, online_retail.records(folder, _key(key_file)), None, (), as_json=as_json)


def _write(
    out: BinaryIO,
    records: Iterable[Record],
    labels_out: TextIO | None,
    labels: Iterable[Label],
    *,
    as_json: bool,
) -> None:
    written = write(records, out)
    borrowers = written["borrower_profile.v1"]
    report: dict[str, Any] = {"borrowers": borrowers, "written": written}
    if labels_out:
        report["labels"] = write_labels(labels, labels_out)
    if as_json:
        typer.echo(orjson.dumps(report))
    else:
        counts = ", ".join(f"{name} {count:,}" for name, count in written.items())
        typer.echo(f"{borrowers:,} borrowers: {counts}")


def _key(key_file: Path | None) -> bytes:
    if key_file is None:
        return PUBLIC_KEY
    key = key_file.read_bytes().strip()
    if len(key) < KEY_LEAST_BYTES:
        raise typer.BadParameter(
            f"expected a key of at least {KEY_LEAST_BYTES} bytes in {key_file}, found {len(key)}"
        )
    return key
