"""What people with the right sign about the feed, as commands of `loanwatch audit`."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.compliance import ComplianceBody, RecordKind
from stream import clock
from stream.compliance.incidents import form_of
from stream.compliance.state import Acked
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.keys import COMPLIANCE, read_signing_key, read_trust
from stream.sources.record_feed import payload_of, read_state, send_action

NEEDS: Final = {"compliance-actions": {"WRITE"}, "compliance-state": {"READ"}}
ID_DIGITS: Final = 16

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Key = Annotated[
    Path | None, typer.Option("--key", help="Private key (PEM) to sign with; else the trial's.")
]
HeldId = Annotated[str, typer.Argument(help="Of a held record, as `held` lists it.")]

_decode: Final[Callable[[bytes], ComplianceBody]] = msgspec.json.Decoder(ComplianceBody).decode

app = typer.Typer()


class NoActionError(ValueError):
    """A request that is no action; the text says what is wrong with it."""


@app.command()
def held(as_json: Json = False) -> None:
    """List what waits for a person's release."""
    settings = Settings.from_env()
    preflight(settings, {"compliance-state": {"READ"}})
    rows = [(of, each.kind, each.as_of) for of, each in read_state(settings).held.items()]
    if as_json:
        typer.echo(
            orjson.dumps(
                [dict(zip(("held_id", "kind", "as_of"), row, strict=True)) for row in rows]
            )
        )
        return
    table = Table("held id", "kind", "as of", box=None)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@app.command()
def release(
    held_id: HeldId,
    action: Annotated[str, typer.Option(help="What was done about it, as a code.")],
    key: Key = None,
) -> None:
    """Let a held record go out."""
    _act(held_id, {"kind": "release", "held_id": held_id, "action": action}, key)


@app.command()
def discard(
    held_id: HeldId,
    reason: Annotated[str, typer.Option(help="Why it is none.")],
    key: Key = None,
) -> None:
    """Keep a held record back for good; that is logged."""
    _act(held_id, {"kind": "discard", "held_id": held_id, "reason": reason}, key)


@app.command()
def ack(
    last_seq: Annotated[int, typer.Argument(min=1, help="The last record that the reader has.")],
    consumer: Annotated[str, typer.Option(help="Which reader.")],
    first_seq: Annotated[
        int | None, typer.Option("--from", help="The first; by default the one not acknowledged.")
    ] = None,
    key: Key = None,
) -> None:
    """Acknowledge the feed up to a record; a gap becomes a health record."""
    if first_seq is None:
        known = read_state(_reachable()).acked.get(consumer) or Acked(seq=0)
        first_seq = known.seq + 1
    body = {"kind": "acknowledge", "consumer": consumer}
    _act(consumer, body | {"first_seq": first_seq, "last_seq": last_seq}, key)


@app.command()
def erase(
    borrower_id: Annotated[str, typer.Argument(help="Whose key to destroy.")],
    legal_basis: Annotated[str, typer.Option(help="On what basis.")],
    key: Key = None,
) -> None:
    """Destroy a borrower's key: its records prove others, and can be traced to nobody any more."""
    body = {"kind": "erase", "borrower_id": borrower_id, "legal_basis": legal_basis}
    _act("erase", body, key)


@app.command()
def draft(held_id: HeldId) -> None:
    """Print what is to be filled in to report a draft of an incident: regime, severity, summary."""
    settings = Settings.from_env()
    preflight(settings, {"compliance-state": {"READ"}})
    known = read_state(settings).held.get(held_id)
    if known is None or known.kind != RecordKind.INCIDENT.value:
        raise NoActionError(f"expected the id of a draft of an incident, got `{held_id}`")
    typer.echo(orjson.dumps(form_of(held_id, known), option=orjson.OPT_INDENT_2))


@app.command()
def incident(
    file: Annotated[Path, typer.Argument(help="JSON: the incident; docs/record.md.", exists=True)],
    key: Key = None,
) -> None:
    """Report an incident, or how it went on."""
    try:
        fields = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise NoActionError(f"expected JSON in {file}: {error}") from error
    _act("incident", {"kind": "incident"} | fields, key)


def _act(subject: str, fields: dict[str, Any], key: Path | None) -> None:
    """Make, sign and send an action."""
    settings = _reachable()
    trust = read_trust(settings.trust_file)
    path = key or settings.data_dir / "keys" / f"{COMPLIANCE}.pem"
    body, now_ms = _body(fields), clock.now_ms()
    said = sha256(msgspec.json.encode((body, now_ms))).hexdigest()[:ID_DIGITS]
    record_id = f"{fields['kind']}-{said}"
    offset = send_action(
        settings, subject, payload_of(body, read_signing_key(path, trust), record_id, now_ms)
    )
    typer.echo(orjson.dumps({"record_id": record_id, "offset": offset}))


def _body(fields: dict[str, Any]) -> ComplianceBody:
    try:
        return _decode(msgspec.json.encode(fields))
    except msgspec.ValidationError as error:
        raise NoActionError(str(error)) from error


def _reachable() -> Settings:
    settings = Settings.from_env()
    preflight(settings, NEEDS)
    return settings
