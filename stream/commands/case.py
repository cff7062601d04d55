"""`loanwatch case`: one borrower: what operators sign, and what was known, for a complaint."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import orjson
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.decision import Decision
from schemas.instants import parse, wire
from schemas.tokens import BorrowerId
from stream import clock
from stream.commands import case_actions, case_work
from stream.compliance.fold import DECISIONS
from stream.compliance.pack import pack_of
from stream.compliance.page import page_of
from stream.decide.book import CONTROL
from stream.journal.log_reading import messages
from stream.journal.preflight import preflight
from stream.record.canonical import canonical
from stream.roles.compliance.key import read_record_key
from stream.settings import Settings

CONTEXT: Final = b"loanwatch case pack v1\n"

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.add_typer(case_actions.app)
app.add_typer(case_work.app)

_decode = msgspec.json.Decoder(Decision).decode


class CaseError(ValueError):
    """A pack that cannot be made; the text says why."""


@app.callback()
def about() -> None:
    """Act on one borrower, or say what was known of it."""


@app.command()
def export(
    borrower_id: Annotated[str, typer.Argument(help="Whose, as its token: brw_...")],
    as_of: Annotated[str, typer.Option(help="The instant, RFC 3339 with a zone.")],
    out: Annotated[Path, typer.Option(help="Folder for the pack; made if it is not there.")],
) -> None:
    """Write what was known then: signed JSON, and a page in Chinese and English."""
    settings = Settings.from_env()
    preflight(settings, {DECISIONS: {"READ"}})
    instant = _instant(as_of)
    of, controls = _decisions(settings, _borrower(borrower_id))
    if not of:
        raise CaseError(f"expected a borrower that something was decided about, got {borrower_id}")
    made_at = wire(clock.now_ms())
    pack = pack_of(borrower_id, of, controls, as_of=instant, made_at=made_at)
    key = read_record_key(settings)
    out.mkdir(parents=True, exist_ok=True)
    json_file, page = out / f"{borrower_id}.json", out / f"{borrower_id}.html"
    json_file.write_bytes(signed(pack, key))
    page.write_text(page_of(pack, signed_file=json_file.name), encoding="utf-8")
    typer.echo(orjson.dumps({"made": [str(json_file), str(page)], "as_of": instant}))


def signed(pack: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    """Return a pack with its signature, over a context and the canonical JSON of the pack."""
    raw = key.sign(CONTEXT + canonical(pack))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    whole = {"body": pack, "public_key": public, "signature": base64.b64encode(raw).decode()}
    return canonical(whole) + b"\n"


def _instant(text: str) -> str:
    try:
        return wire(parse(text))
    except ValueError as error:
        raise CaseError(f"expected an instant with a zone, got `{text}`") from error


def _borrower(text: str) -> str:
    try:
        return msgspec.convert(text, BorrowerId)
    except msgspec.ValidationError as error:
        raise CaseError(f"expected a borrower's token, as `brw_31c`, got `{text}`") from error


def _decisions(settings: Settings, borrower_id: str) -> tuple[list[Decision], list[Decision]]:
    """Return the decisions about the borrower, and those about what governs everybody."""
    wanted: dict[bytes, list[Decision]] = {borrower_id.encode(): [], CONTROL.encode(): []}
    for key, value in _records(settings):
        if key in wanted:
            wanted[key].append(_decode(value))
    return wanted[borrower_id.encode()], wanted[CONTROL.encode()]


def _records(settings: Settings) -> Iterator[tuple[bytes, bytes]]:
    for number in range(settings.partitions):
        for message in messages(settings, DECISIONS, number):
            yield message.key() or b"", message.value() or b""
