"""One borrower on its day: what has matured is told, and it is judged anew.

Features are frozen before anybody knows what will come, and learned only when that is final. A
judgement that cannot be read (it is of another version) is dropped, and one of features that are
not sound is not made.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from detectors.codec import RecordError
from detectors.judgement import Chances, Example, Judgement, millionths, packed, read, told
from stream.decide.alerts import is_simulated
from stream.decide.borrower import JUDGED, Borrower
from stream.decide.ews.features import features_of
from stream.decide.ews.outcome import is_bad, may_be_judged
from stream.decide.ews.rhythm import HORIZON_DAYS
from stream.decide.ews.state import EwsState
from stream.ledger import Times

KEY_BYTES: Final = 8


def visit(borrower: Borrower, models: EwsState, times: Times, day: int) -> list[str]:
    """Judge a borrower; return its examples that have matured, as they are told.

    Args:
        borrower: Whose day it is.
        models: Both, by which it is judged.
        times: What time it is.
        day: The day, as an ordinal.
    """
    known = list(_readable(borrower.judged))
    matured = [each for each, _ in known if day - each.day >= HORIZON_DAYS]
    kept = [row for each, row in known if day - each.day < HORIZON_DAYS]
    judged = _judged(borrower, models, times, day)
    if judged is not None:
        kept.append(judged)
    if kept != borrower.judged:
        borrower.judged = kept
        borrower.changed.add(JUDGED)
    return [text for each in matured for text in _matured(borrower, each, times)]


def _readable(rows: list[bytes]) -> Iterator[tuple[Judgement, bytes]]:
    for row in rows:
        try:
            yield read(row), row
        except RecordError:
            continue


def _judged(borrower: Borrower, models: EwsState, times: Times, day: int) -> bytes | None:
    if borrower.header.is_over or not may_be_judged(borrower, times, day):
        return None
    try:
        x = features_of(borrower, times)
        chances = Chances(
            models.mark,
            millionths(models.champion.predict_one(x)),
            millionths(models.challenger.predict_one(x)),
        )
        reasons = tuple(models.challenger.contributions(x))
        return packed(Judgement(day, chances, reasons, x))
    except RecordError:
        return None


def _matured(borrower: Borrower, of: Judgement, times: Times) -> Iterator[str]:
    """Yield the example with what it is put in order by: a digest of whose it is, and of when."""
    bad = is_bad(borrower, times, of.day)
    if bad is not None:
        key = f"{borrower.borrower_id}/{of.day}".encode()
        digest = blake2b(key, digest_size=KEY_BYTES).hexdigest()
        example = Example(bad, of.chances, of.x, is_simulated(borrower))
        yield f"{digest}{told(example)}"
