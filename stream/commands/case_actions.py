"""What operators sign about one borrower, as commands of `loanwatch case`.

Sent is not done: the fold decides, and says in `decisions` whether an action was noted or refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import orjson
import typer

from schemas.collection_orders import ApproveTrigger, LiftHold, PutOnHold
from schemas.loan_release import Release
from schemas.tier_orders import ReleaseTier, SnoozeTier
from schemas.tokens import BorrowerId
from stream import clock
from stream.journal.preflight import preflight
from stream.settings import Settings
from stream.sources.desk_actions import Order, in_force, send_action, signed_order
from stream.sources.keys import DESK, read_signing_key, read_trust

NEEDS: Final = {"desk-actions": {"WRITE"}, "decisions": {"READ"}}

Borrower = Annotated[str, typer.Argument(metavar="BORROWER", help="Whose, as its token: brw_...")]
Keys = Annotated[
    list[Path] | None,
    typer.Option(
        "--key", help="Private key (PEM) to sign with; of each person who signs. Else the trial's."
    ),
]
Entity = Annotated[str, typer.Option("--towards", help="The legal entity of the tier.")]
Hold = Annotated[str, typer.Argument(metavar="HOLD", help="HARDSHIP, DISPUTE, LEGAL, ...")]
Reason = Annotated[str, typer.Option(help="Why, without personal data.")]
Loan = Annotated[str | None, typer.Option("--loan", help="About this loan alone.")]
Until = Annotated[str | None, typer.Option(help="When it ends, RFC 3339 with a zone.")]

app = typer.Typer()


class NoOrderError(ValueError):
    """A request that is no order; the text says what is wrong with it."""


@app.command()
def approve(
    borrower_id: Borrower,
    trigger_id: Annotated[str, typer.Argument(help="The trigger that waits for people.")],
    key: Keys = None,
) -> None:
    """Release a contact that waits for people; it takes two, together or one after the other."""
    send_order(borrower_id, ApproveTrigger, {"trigger_id": trigger_id}, key)


@app.command()
def hold(
    borrower_id: Borrower,
    kind: Hold,
    reason: Reason,
    until: Until = None,
    loan_id: Loan = None,
    key: Keys = None,
) -> None:
    """Let no machine contact the borrower."""
    fields = {"hold": kind, "reason": reason, "until": until, "loan_id": loan_id}
    send_order(borrower_id, PutOnHold, fields, key)


@app.command()
def lift(
    borrower_id: Borrower, kind: Hold, reason: Reason, loan_id: Loan = None, key: Keys = None
) -> None:
    """End a hold; two people sign."""
    send_order(borrower_id, LiftHold, {"hold": kind, "reason": reason, "loan_id": loan_id}, key)


@app.command("release-tier")
def release_tier(
    borrower_id: Borrower,
    tier: Annotated[str, typer.Argument(help="The tier that is seen: mild, moderate, severe.")],
    legal_entity: Entity = "default",
    key: Keys = None,
) -> None:
    """Let a tier whose causes have ended come down by a step; from severe two people sign."""
    send_order(borrower_id, ReleaseTier, {"tier": tier, "legal_entity": legal_entity}, key)


@app.command()
def snooze(
    borrower_id: Borrower,
    until: Annotated[str, typer.Option(help="When it ends, RFC 3339 with a zone.")],
    reason: Reason,
    legal_entity: Entity = "default",
    key: Keys = None,
) -> None:
    """Put a borrower off; a new hard fact ends that."""
    fields = {"until": until, "reason": reason, "legal_entity": legal_entity}
    send_order(borrower_id, SnoozeTier, fields, key)


@app.command("release-loan")
def release_loan(
    borrower_id: Borrower,
    loan_id: Annotated[str, typer.Argument(help="The loan in quarantine.")],
    in_doubt: Annotated[str, typer.Option(help="What becomes of money in doubt: ACCEPT, REJECT.")],
    key: Keys = None,
) -> None:
    """Let a loan out of quarantine."""
    send_order(borrower_id, Release, {"loan_id": loan_id, "in_doubt": in_doubt}, key)


def send_order(
    borrower_id: str, kind: type[Order], fields: dict[str, Any], keys: list[Path] | None
) -> None:
    """Make, sign and send an action.

    Args:
        borrower_id: About whom.
        kind: What is ordered.
        fields: What is said; `None` is not.
        keys: Of each person who signs.

    Raises:
        NoOrderError: If it is no order.
    """
    order = made(kind, {name: value for name, value in fields.items() if value is not None})
    made(BorrowerId, borrower_id)
    settings = Settings.from_env()
    preflight(settings, NEEDS)
    trust = read_trust(settings.trust_file)
    paths = keys or [settings.data_dir / "keys" / f"{DESK}.pem"]
    record = signed_order(
        borrower_id,
        order,
        [read_signing_key(path, trust) for path in paths],
        supersedes=in_force(settings, borrower_id),
        now_ms=clock.now_ms(),
    )
    offset = send_action(settings, borrower_id, record)
    typer.echo(orjson.dumps({"record_id": orjson.loads(record.payload)["record_id"],
                             "offset": offset}))  # fmt: skip


def made(kind: Any, fields: Any) -> Any:
    """Return what was asked for.

    Raises:
        NoOrderError: If it is not of that kind.
    """
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise NoOrderError(str(error)) from error
