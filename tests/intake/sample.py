"""Records of sources, as small as they may be."""

from schemas.dead_letter import Origin
from schemas.envelope import decode, encode
from schemas.instants import wire
from schemas.reference import PartyLink, Relation, TokenAlias
from stream.intake.admit import admit
from stream.intake.links import Links

NOW_MS = 1_795_189_330_000
MONEY = {"amount_minor": 862_500, "currency": "CNY"}

REPAYMENT = {"event_type": "PAYMENT", "loan_id": "ln_1", "status": "SUCCEEDED", "payment_ref": "p1"}
SETTLEMENT = {"event_type": "TRANSFER", "account_token": "acc_1", "bank_txn_ref": "t1"}
POS_CLEARING = {"txn_type": "SALE", "merchant_id": "mer_1", "amount_gross": MONEY, "rrn": "1"}
CONTRACT = {
    "loan_id": "ln_1",
    "borrower_id": "brw_1",
    "product_kind": "INSTALMENT",
    "principal": MONEY,
    "disbursed_at": wire(NOW_MS),
}
SCHEDULE = {
    "loan_id": "ln_1",
    "schedule_version": 1,
    "reason": "ORIGINAL",
    "instalments": [{"instalment_no": 1, "due_date": "2026-12-01", "amount": MONEY}],
}

SAMPLES = {
    "repayments": ("repayment.v1", REPAYMENT),
    "settlements": ("settlement.v1", SETTLEMENT),
    "pos-clearing": ("pos_clearing.v1", POS_CLEARING),
    "references": ("loan_contract.v1", CONTRACT),
}


def record(record_type, data, *, at_ms=NOW_MS, record_id="e1", source="core"):
    """Return one envelope as bytes."""
    return encode(
        record_id=record_id, source=source, record_type=record_type, at_ms=at_ms, data=data
    )


def repayment(**changes):
    """Return a repayment with some fields changed; `None` takes one out."""
    return record("repayment.v1", changed(REPAYMENT, changes))


def settlement(**changes):
    """Return a settlement, likewise."""
    return record("settlement.v1", changed(SETTLEMENT, changes))


def changed(data, changes):
    """Return the data with changes."""
    return {name: value for name, value in (data | changes).items() if value is not None}


def contract(loan_id, borrower_id):
    """Return a loan contract's body."""
    data = CONTRACT | {"loan_id": loan_id, "borrower_id": borrower_id}
    return decode(record("loan_contract.v1", data)).data


def link(token, borrower_id, **span):
    """Return a party link's body."""
    return PartyLink(token=token, borrower_id=borrower_id, relation=Relation.ACCOUNT, **span)


def alias(token, old_token):
    """Return a token alias's body."""
    return TokenAlias(token=token, old_token=old_token, id_key_version=2)


def known():
    """Return links in which everybody of the samples is known."""
    links = Links()
    links.apply(contract("ln_1", "brw_1"))
    links.apply(link("acc_1", "brw_1"))
    links.apply(link("mer_1", "brw_1"))
    return links


def admitted(raw, topic="repayments", *, links=None, wall_now_ms=NOW_MS):
    """Return what becomes of a record."""
    return admit(
        raw,
        topic=topic,
        origin=Origin(topic=topic, partition=2, offset=17),
        links=known() if links is None else links,
        wall_now_ms=wall_now_ms,
    )
