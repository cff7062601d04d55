"""Makes journal records of what histories and properties say, as ingest would."""

from datetime import UTC, datetime, timedelta

from schemas import journal
from schemas.business_key import business_key
from schemas.instants import to_ms
from schemas.money import Money
from schemas.reference import Instalment, LoanContract, LoanPosition, RepaymentSchedule
from schemas.repayment import Repayment

TYPES = {
    "PAYMENT": ("PAYMENT", "SUCCEEDED"),
    "PENDING": ("PAYMENT", "PENDING"),
    "CANCEL": ("PAYMENT", "SUCCEEDED"),
    "RETURN": ("RETURN", "SUCCEEDED"),
    "UNDO": ("REVERSAL", "SUCCEEDED"),
    "FEE": ("FEE", "SUCCEEDED"),
    "WAIVER": ("WAIVER", "SUCCEEDED"),
}
"""Event type and status of the kinds of `histories.Event`."""

DAY_MS = 86_400_000


def money(amount_minor, currency="CNY"):
    return Money(amount_minor=amount_minor, currency=currency)


def utc_ms(day):
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))


def contract(history, begin, **fields):
    """The contract of a history."""
    total = sum(row.amount for row in history.rows if row.version == 1)
    data = LoanContract(
        loan_id=history.loan,
        borrower_id="brw_1",
        product_kind="INSTALMENT",
        principal=money(total),
        disbursed_at=datetime(begin.year, begin.month, begin.day, tzinfo=UTC),
        ledger_tz=history.zone,
        classification_profile=history.profile,
        residue_minor=history.residue,
        advance_pays_next=history.pays_next,
        **fields,
    )
    return _reference(journal.LoanContractRecord, data, utc_ms(begin))


def schedules(history, begin):
    """The schedule versions of a history."""
    for version in sorted({row.version for row in history.rows}):
        data = RepaymentSchedule(
            loan_id=history.loan,
            schedule_version=version,
            reason="ORIGINAL" if version == 1 else "RESCHEDULE",
            effective_from=history.second_at if version > 1 else None,
            arrears="CAPITALISED" if version > 1 and history.capitalised else None,
            instalments=tuple(
                Instalment(
                    instalment_no=row.no,
                    due_date=row.due,
                    amount=money(row.amount),
                    cut_off_local=history.cut_off,
                    grace_days=history.grace,
                )
                for row in history.rows
                if row.version == version
            ),
        )
        yield _reference(journal.RepaymentScheduleRecord, data, utc_ms(begin) + version)


def position(loan, as_of, **fields):
    """What the core says of a loan's day, sent the next morning."""
    data = LoanPosition(**{"loan_id": loan, "as_of": as_of, "status": "ACTIVE"} | fields)
    return _reference(journal.LoanPositionRecord, data, utc_ms(as_of + timedelta(days=1)))


def _reference(kind, data, at_ms):
    return _as_read(
        kind(
            borrower_id="brw_1",
            record_id=f"c{at_ms}",
            effective_at_ms=at_ms,
            wall_arrival_at_ms=at_ms,
            data=data,
        )
    )


def _as_read(record):
    """Return the record as the journal gives it: words of enums become enums."""
    return journal.decode(journal.encode(record))


def event(loan, said, **fields):
    """One movement of a history as a journal record."""
    event_type, status = TYPES[said.kind]
    is_charge = said.kind == "FEE"
    data = Repayment(
        event_type=event_type,
        status=status,
        loan_id=loan,
        payment_ref=said.ref,
        idempotency_key=f"{said.key}|{said.version}",
        record_version=said.version,
        record_kind=_kind(said),
        original_event_id=said.target or None,
        amount_paid=None if is_charge else money(said.amount),
        amount_due=money(said.amount) if is_charge else None,
        payer_relation=said.payer or None,
        **fields,
    )
    return _as_read(
        journal.RepaymentEvent(
            event_id=said.event_id,
            source="lms",
            borrower_id="brw_1",
            business_key=business_key("lms", data),
            event_at_ms=said.at_ms,
            wall_arrival_at_ms=said.at_ms + 60_000,
            data=data,
        )
    )


def _kind(said):
    if said.kind == "CANCEL":
        return "CANCEL"
    return "ORIGINAL" if said.version == 1 else "CORRECTION"
