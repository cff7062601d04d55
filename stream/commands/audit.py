"""`loanwatch audit`: the record as files, its proofs, and what people sign about it.

`export` writes what the one-file verifier reads; `verify` is that verifier.
"""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import orjson
import typer

from stream.commands import audit_actions
from stream.compliance.apart import APART
from stream.compliance.export import file_of, keys_of, manifest_of, seen_by
from stream.journal.preflight import preflight
from stream.record import merkle
from stream.record import verify as verifier
from stream.roles.compliance.key import read_record_key
from stream.settings import Settings
from stream.sources.record_feed import RESTRICTED, read_entries, read_heads, read_state

EXIT_FINDINGS: Final = 1
NEEDS: Final = ("compliance-feed", "compliance-heads", "compliance-state")

Restricted = Annotated[
    bool, typer.Option("--restricted", help="Of the restricted lane; compliance alone has it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.add_typer(audit_actions.app)


class AuditError(ValueError):
    """A request about the record that cannot be met."""


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; made if it is not there.")],
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Only what was logged on this day (UTC), with a manifest."
        ),
    ] = None,
    restricted: Restricted = False,
    as_json: Json = False,
) -> None:
    """Write entries and heads, as the verifier reads them; of erased subjects the leaves alone."""
    lane = RESTRICTED if restricted else ""
    settings = _reachable(lane)
    folder.mkdir(parents=True, exist_ok=True)
    keys = keys_of(read_state(settings, lane))
    entries = list(read_entries(settings, lane))
    heads = folder / "heads.jsonl"
    signed_heads = read_heads(settings, lane)
    heads.write_bytes(b"".join(msgspec.json.encode(head) + b"\n" for head in signed_heads))
    name = "entries" if day is None else day.date().isoformat()
    if day is not None:
        entries = [each for each in entries if each.record.logged_at[:10] == name]
    text = file_of(entries, keys)
    file = folder / f"{name}.jsonl"
    file.write_bytes(text)
    made = [file, heads]
    if day is not None and entries:
        key = read_record_key(settings)
        manifest = folder / f"{name}.manifest.json"
        log_name = f"{settings.tenant}/{APART}" if restricted else settings.tenant
        signed = manifest_of(entries, text, tenant=log_name, day=name, key=key)
        manifest.write_bytes(signed)
        made.append(manifest)
    _say({"made": [str(path) for path in made], "entries": len(entries)}, as_json=as_json)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="Entries, as `export` writes them.")],
    head: Annotated[Path, typer.Option(help="The log's signed heads.")],
    witness: Annotated[Path | None, typer.Option(help="The heads that a witness holds.")] = None,
    authority: Annotated[
        Path | None, typer.Option(help="The time-stamp authority's root certificate (PEM).")
    ] = None,
    manifest: Annotated[Path | None, typer.Option(help="Of a daily file.")] = None,
    key: Annotated[str, typer.Option(help="The log's public key as published, base64.")] = "",
    as_json: Json = False,
) -> None:
    """Verify a file: what was edited, removed, inserted, re-ordered, back-dated, and where."""
    report = verifier.verify_files(
        file, head=head, witness=witness, authority=authority, manifest=manifest, key=key
    )
    if as_json:
        typer.echo(orjson.dumps(_described(report)))
    else:
        for line in verifier.told_of(report):
            typer.echo(line)
    if report.findings:
        raise typer.Exit(EXIT_FINDINGS)


def _described(report: verifier.Report) -> dict[str, Any]:
    fields = {name: value for name, value in vars(report).items() if name != "findings"}
    return fields | {"findings": [each._asdict() for each in report.findings]}


@app.command()
def proof(
    seq: Annotated[int, typer.Argument(min=1, help="Which record, by its number in the feed.")],
    old_size: Annotated[
        int | None, typer.Option(min=1, help="Prove too that the log grew out of this size.")
    ] = None,
) -> None:
    """Print what proves that a record is in the log, against the last signed head."""
    settings = _reachable()
    heads, entries = list(read_heads(settings)), list(read_entries(settings))
    if not heads or seq > heads[-1].body.tree_size:
        signed = heads[-1].body.tree_size if heads else 0
        raise AuditError(f"expected a record up to {signed}, which is signed, got {seq}")
    head, entry = heads[-1], entries[seq - 1]
    leaves = [bytes.fromhex(each.leaf) for each in entries[: head.body.tree_size]]
    proved: dict[str, Any] = {
        "entry": orjson.loads(file_of([entry], keys_of(read_state(settings)))),
        "head": msgspec.to_builtins(head) | {"leaves": []},
        "inclusion": [each.hex() for each in merkle.inclusion_proof(leaves, seq - 1)],
    }
    if old_size is not None:
        grown = merkle.consistency_proof(leaves, old_size)
        proved |= {"old_size": old_size, "consistency": [each.hex() for each in grown]}
    typer.echo(orjson.dumps(proved))


@app.command()
def key() -> None:
    """Print the public key of the log, to be published where nobody of the lender can change it."""
    private = read_record_key(Settings.from_env())
    typer.echo(base64.b64encode(private.public_key().public_bytes_raw()).decode())


@app.command()
def status(restricted: Restricted = False, as_json: Json = False) -> None:
    """Say how long the feed is, how much of it is signed, and how far its readers have it."""
    lane = RESTRICTED if restricted else ""
    settings = _reachable(lane)
    seen = seen_by(read_state(settings, lane))
    heads = list(read_heads(settings, lane))
    seen["signed"] = heads[-1].body.tree_size if heads else 0
    _say(seen, as_json=as_json)


def _reachable(lane: str = "") -> Settings:
    settings = Settings.from_env()
    preflight(settings, {topic + lane: {"READ"} for topic in NEEDS})
    return settings


def _say(fields: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(fields))
        return
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            typer.echo(f"{name} {each}")
