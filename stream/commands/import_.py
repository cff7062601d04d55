"""`loanwatch import`: public data sets as files of envelopes, and their labels apart.

The data sets are not part of the project; each command is given the folder where one is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from stream.sources import uci_taiwan
from stream.sources.records import write

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
    written = write(uci_taiwan.records(clients), out)
    if labels:
        uci_taiwan.write_labels(clients, labels)
    if as_json:
        typer.echo(orjson.dumps({"borrowers": len(clients), "written": written}))
    else:
        counts = ", ".join(f"{name} {count:,}" for name, count in written.items())
        typer.echo(f"{len(clients):,} borrowers: {counts}")


def _key(key_file: Path | None) -> bytes:
    if key_file is None:
        return uci_taiwan.PUBLIC_KEY
    key = key_file.read_bytes().strip()
    if len(key) < KEY_LEAST_BYTES:
        raise typer.BadParameter(
            f"expected a key of at least {KEY_LEAST_BYTES} bytes in {key_file}, found {len(key)}"
        )
    return key
