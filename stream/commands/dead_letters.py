"""`loanwatch dead-letters`: what was not taken, why, and sending it again."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Annotated, Any, Final

import msgspec
import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.dead_letter import DeadLetter, DeadLetterReason
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.dead_letters import (
    DEAD_LETTERS,
    DeadLetterError,
    chosen,
    payload,
    read_letters,
    redrive,
    why_not_again,
)

LISTED: Final = 50
COLUMNS: Final = ("letter_id", "reason", "field_path", "message", "first_seen")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Reason = Annotated[DeadLetterReason | None, typer.Option(help="Only those of this reason.")]
FromTopic = Annotated[str | None, typer.Option("--topic", help="Only those of this topic.")]

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command("list")
def list_(
    reason: Reason = None,
    topic: FromTopic = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest to list.")] = LISTED,
    as_json: Json = False,
) -> None:
    """List the letters, the newest last, and count all of them by reason."""
    letters = list(chosen(read_letters(_reachable()).values(), reason=reason, topic=topic))
    by_reason = Counter(letter.reason.value for letter in letters)
    if as_json:
        listed = [_without_payload(letter) for letter in letters[-limit:]]
        typer.echo(orjson.dumps({"letters": listed, "total": len(letters), "by_reason": by_reason}))
        return
    table = Table(*(name.replace("_", " ") for name in COLUMNS), box=None)
    for letter in letters[-limit:]:
        fields = _without_payload(letter)
        table.add_row(*(escape(str(fields[name])) for name in COLUMNS))
    Console().print(table)
    counts = ", ".join(f"{name} {count:,}" for name, count in by_reason.most_common())
    typer.echo(f"{len(letters):,} dead letters: {counts}" if letters else "no dead letters")


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(help="As `list` names it: topic/partition/offset.")],
    as_json: Json = False,
) -> None:
    """Show one letter, with the bytes that were not taken."""
    letter = _letter(read_letters(_reachable()), letter_id)
    fields = _without_payload(letter) | {"payload": _readable(payload(letter))}
    typer.echo(orjson.dumps(fields, option=0 if as_json else orjson.OPT_INDENT_2))


@app.command("redrive")
def redrive_(
    letter_id: Annotated[str | None, typer.Argument(help="One letter.")] = None,
    reason: Reason = None,
    topic: FromTopic = None,
    every: Annotated[bool, typer.Option("--all", help="All letters.")] = False,
    as_json: Json = False,
) -> None:
    """Send records again to where they came from: one, those of a reason or topic, or all.

    Letters that carry no bytes (personal data, tombstones, what the fold refused) are left out,
    unless one is named. What was taken in the meantime is not taken twice.
    """
    if [letter_id is not None, reason is not None or topic is not None, every].count(True) != 1:
        raise typer.BadParameter("expected one letter, --reason or --topic, or --all")
    settings = _reachable()
    letters = read_letters(settings)
    if letter_id is not None:
        some = wanted = [_letter(letters, letter_id)]
    else:
        some = list(chosen(letters.values(), reason=reason, topic=topic))
        wanted = [letter for letter in some if why_not_again(letter) is None]
    sent = redrive(settings, wanted)
    if as_json:
        typer.echo(orjson.dumps({"sent": sent, "left_out": len(some) - sent}))
    else:
        typer.echo(f"sent {sent:,} again, left out {len(some) - sent:,}")


def _reachable() -> Settings:
    settings = Settings.from_env()
    preflight(settings, {DEAD_LETTERS: {"READ"}})
    return settings


def _letter(letters: dict[str, DeadLetter], letter_id: str) -> DeadLetter:
    if letter_id not in letters:
        raise DeadLetterError(f"no dead letter `{letter_id}`: `loanwatch dead-letters list`")
    return letters[letter_id]


def _without_payload(letter: DeadLetter) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(letter)
    fields.pop("payload", None)
    return fields


def _readable(raw: bytes | None) -> Any:
    """Return bytes as the JSON that they are, else as text, else as hexadecimal digits."""
    if raw is None:
        return None
    for read in (orjson.loads, bytes.decode):
        with contextlib.suppress(ValueError):  # JSONDecodeError and UnicodeDecodeError are
            return read(raw)
    return {"hex": raw.hex()}
