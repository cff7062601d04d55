"""What the counts of all partitions come to: the reference, the checks, the rounds.

    first score ──28 days──> warm ──28 days──> candidate ──28 days──> reference
    reference ──each day──> checks ──each week──> round

A model's p-values are cautious while its borrowers are young, so the first 28 days are left out.
The reference is the first 28 days after these in which it has said enough, and whose like the next
28 are: what has never been steady cannot drift. If people have signed something about it, that
begins anew. It never moves by itself.

A day's checks share 27 days with those before, so they are no new evidence: a week's are a round,
and two rounds in a row that say `act` demote (`detectors.drift.Standing`). Missing input does not.
"""

from collections.abc import Sequence
from datetime import date
from math import isfinite
from typing import Final

from detectors.drift import BAD_IN_A_ROW, PSI_WATCH, Finding, drift, missingness, precision, psi
from detectors.drift import Verdict as Found
from schemas.fitness import FITNESS_DAYS, FitnessCounts
from schemas.model import Check, Demotion, Verdict
from stream.decide.fitness.state import Model, Reference

SCORES_LEAST: Final = 500
"""Of fewer p-values in 28 days nothing is said: two such samples of one distribution have an index
of 0.25 once in two thousand million times, those of two hundred once in three hundred [D]."""

FLOOR: Final = 0.2
"""H08: of closed cases that rested on a detector so many should be right (domain.md 6.2, T1)."""

WEEK: Final = 7
DIGITS: Final = 4


def learn(model: Model, latest: FitnessCounts, day: int, since: int) -> None:
    """Take the counts of the 28 days that end with `day`.

    Args:
        model: Whose.
        latest: The counts.
        day: As an ordinal.
        since: People want it compared with nothing from before this day; 0 if they said nothing.
    """
    if since > model.since:
        model.since, model.candidate, model.reference, model.bad = since, None, None, 0
    model.latest = latest
    if not model.first and latest.scores:
        model.first = day
    begins = max(model.first + FITNESS_DAYS, model.since)
    is_whole = model.first > 0 and day - FITNESS_DAYS + 1 >= begins
    if model.reference is None and is_whole and latest.scores >= SCORES_LEAST:
        _propose(model, Reference(day=day, counts=latest))


def _propose(model: Model, now: Reference) -> None:
    """Take 28 days as candidate, or let them prove the one of before."""
    before = model.candidate
    if before is None:
        model.candidate = now
    elif now.day - before.day >= FITNESS_DAYS:
        is_alike = psi(before.counts.deciles, now.counts.deciles) < PSI_WATCH
        model.candidate, model.reference = (None, before) if is_alike else (now, None)


def findings_of(model: Model) -> list[Finding]:
    """Return what the checks of the last 28 days come to."""
    latest, found = model.latest, list[Finding]()
    if model.reference is not None:
        then = model.reference.counts
        if latest.scores >= SCORES_LEAST:
            found.append(drift(then.deciles, latest.deciles))
        found.append(missingness((then.silent, _heard(then)), (latest.silent, _heard(latest))))
    judged = latest.right + latest.wrong
    if judged:
        found.append(precision(latest.right, judged, floor=FLOOR))
    return found


def _heard(counts: FitnessCounts) -> int:
    return counts.scores + counts.early + counts.silent


def close_round(model: Model, found: Sequence[Finding], name: str, day: int) -> Demotion | None:
    """Count a week's checks as a round; return why they demote the model, if they do.

    A round is the first answer of a week of the calendar; its day does not depend on a partition.
    """
    if day // WEEK <= model.round:
        return None
    model.round = day // WEEK
    return count_round(model, found, name, date.fromordinal(day))


def count_round(model: Model, found: Sequence[Finding], name: str, day: date) -> Demotion | None:
    """Count one more round; return why it demotes the model, if it does.

    Args:
        model: Whose; one that is demoted stays so.
        found: What the checks have come to.
        name: The model's.
        day: The last that was checked.
    """
    if model.demotion is not None:
        return None
    after = model.standing.after(found)
    model.bad = after.bad
    if after.is_demoted:
        model.demotion = Demotion(
            detector=name,
            version=model.version,
            day=day,
            rounds=BAD_IN_A_ROW,
            checks=tuple(check_of(each) for each in found if each.verdict is Found.ACT),
        )
    return model.demotion


def check_of(found: Finding) -> Check:
    """Return a finding as it is told."""
    return Check(
        signal=found.signal,
        verdict=Verdict[found.verdict.name],
        value=round(found.value, DIGITS),
        critical=round(found.critical, DIGITS) if isfinite(found.critical) else None,
        n=found.n,
    )
