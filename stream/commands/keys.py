"""`loanwatch keys`: the keys of a trial."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from stream.settings import Settings
from stream.sources.keys import make_trial_keys, read_trust

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def init(as_json: Json = False) -> None:
    """Make two trial signers, a key for the desk and a key that tokenises; nothing is written over.

    The private keys go into `keys` in the data folder, the public ones into the trust file, which
    is what the monitor believes. In production each signer makes a key at home.
    """
    settings = Settings.from_env()
    made = make_trial_keys(settings.data_dir / "keys", settings.trust_file)
    if as_json:
        typer.echo(orjson.dumps({"made": [str(path) for path in made]}))
        return
    for path in made:
        typer.echo(f"made {path}")
    if not made:
        typer.echo("the keys of a trial are there already")


@app.command()
def show(as_json: Json = False) -> None:
    """Show whose signatures count, and for what."""
    trust = read_trust(Settings.from_env().trust_file)
    if as_json:
        keys = [
            {"key_id": key.key_id, "signer": key.signer, "rights": key.rights} for key in trust.keys
        ]
        typer.echo(orjson.dumps({"keys": keys}))
        return
    table = Table("key", "signer", "may sign", "public key", box=None)
    for key in trust.keys:
        table.add_row(key.key_id, key.signer, ", ".join(key.rights), key.public_key)
    Console().print(table)
