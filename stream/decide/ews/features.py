"""What is known of a borrower, as D8 sees it: its instalments as periods, and the evidence.

`detectors.features` makes the numbers, here and in an evaluation alike. An evaluation makes periods
of records (`stream/evaluate/periods.py`), this of the ledger; they are the same of instalments that
are paid in order. Here beside them: an instalment that is past due and not paid is a period, as
late as today is, and what was paid of it.
"""

from detectors.evidence import NAME, NOTHING, evidence
from detectors.features import Period, of_periods, vector
from detectors.judgement import singles
from schemas.money import exponent
from stream.decide.borrower import Borrower
from stream.ledger import Instalment, Times


def features_of(borrower: Borrower, times: Times) -> tuple[float, ...]:
    """Return the features, as singles.

    Args:
        borrower: Whose.
        times: What time it is; the evidence is that of the same instant.

    Raises:
        RecordError: If the evidence cannot be trusted, or a feature is not sound.
    """
    principal = borrower.ledger.latest_principal()
    limit = _major(*principal) if principal else 0.0
    periods = [period_of(each) for each in borrower.ledger.instalments(times)]
    found = evidence(borrower.models.get(NAME, NOTHING), times.now_ms)
    return singles(vector(of_periods(limit, periods), found))


def period_of(of: Instalment) -> Period:
    """Return an instalment as a period."""
    return Period(
        late_days=of.until - of.due,
        paid=_major(of.paid, of.currency),
        owed=_major(of.amount, of.currency),
        due=_major(of.next_amount, of.currency),
    )


def _major(amount_minor: int, currency: str) -> float:
    return float(amount_minor / 10 ** exponent(currency))
