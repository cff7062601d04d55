"""How `loanwatch control` tells of control records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.instants import to_ms, wire

if TYPE_CHECKING:
    from stream.sources.control_file import Stands

COLUMNS = ("subject", "record_id", "issued_at", "author", "approver", "refused")


def say(stands: Stands, offset: int | None, *, as_json: bool) -> None:
    """Say what was published, or that it was in force already."""
    report = described(stands, full=False) | {"published": offset is not None}
    if as_json:
        typer.echo(orjson.dumps(report))
    elif offset is None:
        typer.echo(f"{report['subject']} is in force already as {report['record_id']}")
    else:
        before = f", which supersedes {report['supersedes']}" if report.get("supersedes") else ""
        typer.echo(f"published {report['record_id']}{before}")


def described(stands: Stands, *, full: bool) -> dict[str, Any]:
    """Return a record for `--json`; `full` with its body."""
    fields: dict[str, Any] = {"offset": stands.offset, "refused": stands.refused}
    if (payload := stands.payload) is None:
        return fields
    fields |= {
        "record_id": payload.record_id,
        "subject": payload.subject,
        "supersedes": payload.supersedes,
        "author": payload.author,
        "approver": payload.approver,
        "issued_at": wire(to_ms(payload.issued_at)),
    }
    return fields | ({"body": msgspec.to_builtins(payload.body)} if full else {})


def print_table(shown: list[Stands]) -> None:
    """Print records as a table."""
    table = Table(*(name.replace("_", " ") for name in COLUMNS), box=None)
    for each in shown:
        fields = described(each, full=False)
        table.add_row(*(escape(str(fields.get(name) or "")) for name in COLUMNS))
    Console().print(table)
