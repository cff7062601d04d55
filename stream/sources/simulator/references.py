"""What must be known of a simulated merchant before its first event."""

from collections.abc import Iterator
from datetime import date

from schemas.instants import DAY_MS, from_ms
from schemas.reference import (
    BorrowerProfile,
    Instalment,
    LoanContract,
    PartyLink,
    ProductKind,
    Relation,
    RepaymentSchedule,
    ScheduleReason,
)
from stream.sources.records import Record
from stream.sources.simulator.merchants import (
    CUT_OFF_LOCAL,
    GRACE_DAYS,
    REGION,
    SOURCE,
    TZ,
    Merchant,
    midnight_ms,
)


def references(
    merchant: Merchant, start: date, *, conduct_profile: str | None = None
) -> Iterator[Record]:
    """Yield what must be known of `merchant` before its first event, as known at `start`."""
    at_ms = midnight_ms(start)
    for name, data in _reference_data(merchant, at_ms, conduct_profile):
        yield Record(f"{merchant.tag}-{name}", SOURCE, at_ms, data)


def _reference_data(
    merchant: Merchant, at_ms: int, conduct_profile: str | None
) -> Iterator[tuple[str, BorrowerProfile | LoanContract | RepaymentSchedule | PartyLink]]:
    yield "profile", _profile(merchant)
    yield "contract", _contract(merchant, at_ms, conduct_profile)
    yield "schedule", _schedule(merchant)
    for token, relation in (
        (merchant.account_token, Relation.ACCOUNT),
        (merchant.second_account_token, Relation.ACCOUNT),
        (merchant.merchant_id, Relation.MERCHANT),
        (merchant.terminal_id, Relation.TERMINAL),
    ):
        link = PartyLink(token=token, borrower_id=merchant.borrower_id, relation=relation)
        yield f"link-{token}", link


def _profile(merchant: Merchant) -> BorrowerProfile:
    return BorrowerProfile(
        borrower_id=merchant.borrower_id,
        kind="SOLE_PROP",
        industry=merchant.trade.mcc,
        region=REGION,
        tz=TZ,
        language="zh",
        size_band=merchant.size.band,
        currency=merchant.currency,
        segment_ids=(
            *merchant.segments,
            f"sim.{merchant.trade.name}",
            f"sim.{merchant.size.band}",
        ),
    )


def _contract(merchant: Merchant, at_ms: int, conduct_profile: str | None) -> LoanContract:
    loan = merchant.loan
    return LoanContract(
        loan_id=merchant.loan_id,
        borrower_id=merchant.borrower_id,
        product_kind=ProductKind.INSTALMENT,
        principal=merchant.money(loan.count * loan.instalment_minor),
        disbursed_at=from_ms(
            at_ms - DAY_MS if loan.disbursed is None else midnight_ms(loan.disbursed)
        ),
        ledger_tz=TZ,
        maturity=loan.due(loan.count),
        disburse_account_token=merchant.account_token,
        repayment_account_tokens=(merchant.account_token,),
        conduct_profile=conduct_profile,
    )


def _schedule(merchant: Merchant) -> RepaymentSchedule:
    loan = merchant.loan
    return RepaymentSchedule(
        loan_id=merchant.loan_id,
        schedule_version=1,
        reason=ScheduleReason.ORIGINAL,
        instalments=tuple(
            Instalment(
                instalment_no=no,
                due_date=day,
                due_date_unadjusted=loan.due(no),
                cut_off_local=CUT_OFF_LOCAL,
                grace_days=GRACE_DAYS,
                amount=merchant.money(loan.instalment_minor),
            )
            for no, day in loan.collected()
        ),
    )
