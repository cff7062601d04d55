"""What operators sign about one case, as commands of `loanwatch case`.

    show -> claim -> triage, measure, wait, note -> outcome -> close

For those who have a key and no desk; the desk does the same (docs/cases.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
import typer

from schemas.case import Case
from schemas.case_orders import (
    Acknowledge,
    AddNote,
    CaseId,
    Claim,
    CloseCase,
    Endorse,
    GiveBack,
    SayOutcome,
    TakeMeasure,
    TriageCase,
    Wait,
)
from schemas.personal_data import is_in_words
from schemas.tokens import BorrowerId
from stream.commands.case_actions import Borrower, Keys, NoOrderError, Reason, made, send_order
from stream.journal.log_reading import messages
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.desk_actions import Order

CASES: Final = "cases"

CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="Its id, as `show` says: brw_.../default/1")
]

app = typer.Typer()

_case = msgspec.json.Decoder(Case).decode


@app.command()
def show(borrower_id: Borrower) -> None:
    """Print the cases of a borrower as they stand, one a line."""
    made(BorrowerId, borrower_id)
    settings = Settings.from_env()
    preflight(settings, {CASES: {"READ"}})
    for _, case in sorted(_cases(settings, borrower_id)):
        typer.echo(msgspec.json.encode(case))


@app.command()
def claim(case_id: CaseArgument, key: Keys = None) -> None:
    """Take a case that nobody holds."""
    _send(case_id, Claim, {}, key)


@app.command("give-back")
def give_back(case_id: CaseArgument, key: Keys = None) -> None:
    """Let go of a case."""
    _send(case_id, GiveBack, {}, key)


@app.command()
def acknowledge(case_id: CaseArgument, key: Keys = None) -> None:
    """Say that it was seen."""
    _send(case_id, Acknowledge, {}, key)


@app.command()
def triage(
    case_id: CaseArgument,
    says: Annotated[str, typer.Argument(help="REAL, DATA, KNOWN or DUPLICATE.")],
    key: Keys = None,
) -> None:
    """Say what the first look says."""
    _send(case_id, TriageCase, {"triage": says}, key)


@app.command()
def measure(
    case_id: CaseArgument,
    taken: Annotated[str, typer.Argument(help="CONTACT, DOCUMENT, PLAN, ESCALATE, FRAUD, LEGAL.")],
    key: Keys = None,
) -> None:
    """Say what is being done about it."""
    _send(case_id, TakeMeasure, {"measure": taken}, key)


@app.command()
def wait(
    case_id: CaseArgument,
    until: Annotated[str, typer.Option(help="When it comes back, RFC 3339 with a zone.")],
    reason: Reason,
    key: Keys = None,
) -> None:
    """Wait for something."""
    _send(case_id, Wait, {"until": until, "reason": reason}, key)


@app.command()
def note(
    case_id: CaseArgument,
    text: Annotated[str, typer.Argument(help="Without personal data.")],
    key: Keys = None,
) -> None:
    """Write something down."""
    _send(case_id, AddNote, {"text": text}, key)


@app.command()
def outcome(
    case_id: CaseArgument,
    was: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="TRUE_DISTRESS, TEMPORARY, DATA_ERROR, ...")
    ],
    key: Keys = None,
) -> None:
    """Say what it was."""
    _send(case_id, SayOutcome, {"outcome": was}, key)


@app.command()
def close(case_id: CaseArgument, key: Keys = None) -> None:
    """Close a case that has an outcome."""
    _send(case_id, CloseCase, {}, key)


@app.command()
def endorse(
    borrower_id: Borrower,
    record_id: Annotated[str, typer.Argument(help="Of the action that waits, as `show` says.")],
    key: Keys = None,
) -> None:
    """Be the second person of an action that waits for one."""
    send_order(borrower_id, Endorse, {"record_id": record_id}, key)


def _send(case_id: str, kind: type[Order], fields: dict[str, Any], key: Keys) -> None:
    """Send an order about a case; what looks like personal data does not leave this machine."""
    if is_in_words(str(fields.get("text") or fields.get("reason") or "")):
        raise NoOrderError("expected words without personal data: a number, an address")
    made(CaseId, case_id)
    send_order(case_id.partition("/")[0], kind, {"case_id": case_id, **fields}, key)


def _cases(settings: Settings, borrower_id: str) -> Iterator[tuple[str, Case]]:
    latest: dict[str, Case] = {}
    for number in range(settings.partitions):
        for message in messages(settings, CASES, number):
            if (message.key() or b"").startswith(f"{borrower_id}/".encode()):
                case = _case(message.value() or b"")
                latest[case.case_id] = case
    yield from latest.items()
