"""How it is said that a model drifts, misses its input, is seldom right, or says wrong chances."""

from collections.abc import Callable, Mapping
from typing import Final

from detectors.ews import NAME as EWS
from schemas.model import Check, Demotion

_SAID: Final[Mapping[str, Callable[[Check], str]]] = {
    "H06": lambda of: f"p-values lie otherwise than they did: index {of.value:.2f}{_chance(of)}",
    "H07": lambda of: (
        f"it has nothing to say more often, by {of.value:.1%}{_chance(of, share=True)}"
    ),
    "H09": lambda of: (
        f"of those that it gave such a chance {of.value:.2f} times as many turned out bad as it "
        f"said{_chance(of)}"
    ),
    "H08": lambda of: f"{of.value:.0%} of the closed cases that rested on it were right",
}


def said_of(check: Check) -> str:
    """Say what a check has found.

    Examples:
        >>> from schemas.model import Verdict
        >>> said_of(Check(signal="H06", verdict=Verdict.ACT, value=0.31, n=5_120, critical=0.008))
        'H06 act: p-values lie otherwise than they did: index 0.31 (chance alone 0.01), of 5,120'
    """
    return f"{check.signal} {check.verdict.value}: {_SAID[check.signal](check)}, of {check.n:,}"


def _chance(check: Check, *, share: bool = False) -> str:
    if check.critical is None:
        return ""
    said = f"{check.critical:.1%}" if share else f"{check.critical:.2f}"
    return f" (chance alone {said})"


def why(demotion: Demotion) -> str:
    """Say why a model is no longer heard."""
    checks = "; ".join(said_of(each) for each in demotion.checks)
    rounds = "cohorts of four weeks" if demotion.detector == EWS else "weeks"
    return (
        f"no longer heard after {demotion.rounds} {rounds} in a row, "
        f"the last {demotion.day}: {checks}"
    )
