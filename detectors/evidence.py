"""Evidence: what all detectors have said of one borrower, lately, and what it comes to.

Of each voice a fading mean of -ln p is kept, p on the side that is a worry. Under "nothing has
changed" -ln p has mean 1 (p is uniform), so 1 is nothing, and each voice starts there:

    e = (sum of w v + 1) / (sum of w + 1),   v = -ln p,  w = 0.88 ** (age in days)

There are two ways to be noticed (detectors.md 7):

    instant      one p-value, however loud the others are: the least one times the number of voices
    persistent   the sum of e over all voices but `mix`

`mix` has a budget of its own: a payer shift drowns in any sum (.24 of them found in the sum, .76
alone: detectors.md 7). Contributions are the e themselves: they add up to what is ranked by. The
Cauchy combination (Liu and Xie, JASA 115, 2020) is shown beside it, since it is a p-value whatever
the dependence of the voices.

What it does not do: raise an alert. A row is 140 bytes; a late event counts as much less as it is
old.
"""

from collections.abc import Iterable, Mapping
from math import atan, log, pi, tan
from typing import Final, NamedTuple

from detectors.codec import Field, Layout, RecordError
from detectors.level import P_LEAST

VOICES: Final = (
    *("cadence", "silence", "amount", "flow", "cusum", "shortfall", "mix"),
    "novelty",
)
"""Whose evidence is kept: the detectors, and the silence that D1 tells of at ticks."""

APART: Final = "mix"
"""The voice with a budget of its own."""

NAME: Final = "evidence"
"""Its row's name among a borrower's rows."""

DAY_MS: Final = 86_400_000
KEPT_A_DAY: Final = 0.88
"""detectors.md 7: 12 % a day; half of it is gone in five and a half days."""

V_MOST: Final = 30.0
"""p = 1e-13: a single absurdity must not be remembered for months."""

START: Final = 1.0
"""What the mean under "nothing has changed" is worth, in events."""

CLEARED_WITHIN_DAYS: Final = 365

_LAYOUT = Layout(
    tag=101,
    version=2,
    slots=("all",),
    fields=(
        Field("last_ms", "f8", least=-1.0, most=2.0**53),
        *(Field(f"sum_{voice}", "f8", least=0.0, most=1e12) for voice in VOICES),
        *(Field(f"weight_{voice}", "f8", least=0.0, most=1e12) for voice in VOICES),
    ),
)
NOTHING: Final = _LAYOUT.pack({"all": (-1.0, *(0.0,) * (2 * len(VOICES)))})
"""The row of a borrower of whom nothing was said."""


class Combined(NamedTuple):
    """What the voices come to at an instant.

    Attributes:
        total: The sum of all evidence but that of `mix`; 7 is nothing.
        apart: The evidence of `mix`; 1 is nothing.
        contributions: By voice, the greatest first; they add up to `total`.
    """

    total: float
    apart: float
    contributions: tuple[tuple[str, float], ...]

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """By voice its part of the total, the greatest first; they add up to 1."""
        return tuple((voice, of / self.total) for voice, of in self.contributions)


def learn(row: bytes, at_ms: int, p_values: Mapping[str, float]) -> bytes:
    """Return the row after what some voices have said.

    Args:
        row: The row before.
        at_ms: When they have said it.
        p_values: By voice, each in (0, 1].

    Raises:
        RecordError: If the row cannot be trusted.

    Examples:
        >>> row = learn(NOTHING, 0, {"amount": 1e-4, "mix": 0.4})
        >>> combined(row, 0).contributions[0][0]
        'amount'
    """
    known = _LAYOUT.read(row, "all")
    last_ms, fading, weight = known[0], 1.0, 1.0
    if at_ms > last_ms:
        if last_ms >= 0:
            fading = KEPT_A_DAY ** ((at_ms - last_ms) / DAY_MS)
        last_ms = at_ms
    else:
        weight = KEPT_A_DAY ** ((last_ms - at_ms) / DAY_MS)
    kept = [each * fading for each in known[1:]]
    for voice, p_value in p_values.items():
        of_sum, of_weight = _PLACES[voice]
        v = -log(p_value if p_value > P_LEAST else P_LEAST)
        kept[of_sum] += weight * (v if v < V_MOST else V_MOST)
        kept[of_weight] += weight
    return _LAYOUT.write(row, "all", (last_ms, *kept))


def trusted(rows: Mapping[str, bytes]) -> bytes:
    """Return a borrower's row of evidence; one that cannot be trusted is that of nothing said."""
    row = rows.get(NAME, NOTHING)
    try:
        _LAYOUT.read(row, "all")
    except RecordError:
        return NOTHING
    return row


def remember(rows: dict[str, bytes], at_ms: int, p_values: Mapping[str, float]) -> None:
    """Put into a borrower's rows the evidence of what some voices have said.

    A row that cannot be trusted starts anew: it is worth a few days.
    """
    try:
        rows[NAME] = learn(rows.get(NAME, NOTHING), at_ms, p_values)
    except RecordError:
        rows[NAME] = learn(NOTHING, at_ms, p_values)


def evidence(row: bytes, now_ms: int) -> dict[str, float]:
    """Return e of each voice at an instant: 1 is nothing, high is a worry.

    Raises:
        RecordError: If the row cannot be trusted.
    """
    last_ms, *kept = _LAYOUT.read(row, "all")
    sums, weights = kept[: len(VOICES)], kept[len(VOICES) :]
    fading = KEPT_A_DAY ** (max(0.0, now_ms - last_ms) / DAY_MS) if last_ms >= 0 else 1.0
    return {
        voice: (of * fading + START) / (weight * fading + START)
        for voice, of, weight in zip(VOICES, sums, weights, strict=True)
    }


def combined(row: bytes, now_ms: int) -> Combined:
    """Return what the voices come to at an instant.

    Raises:
        RecordError: If the row cannot be trusted.
    """
    found = evidence(row, now_ms)
    apart = found.pop(APART)
    contributions = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return Combined(sum(of for _, of in contributions), apart, tuple(contributions))


def clears_in_days(row: bytes, now_ms: int, threshold: float) -> int | None:
    """Return after how many days without news the total is below a threshold.

    Returns:
        0 if it is below now; `None` if it is not within a year.

    Raises:
        RecordError: If the row cannot be trusted.

    Examples:
        >>> loud = learn(NOTHING, 0, dict.fromkeys(VOICES, 1e-6))
        >>> clears_in_days(loud, 0, 12.0), clears_in_days(loud, 0, 5.0)
        (23, None)
    """
    for days in range(CLEARED_WITHIN_DAYS + 1):
        if combined(row, now_ms + days * DAY_MS).total < threshold:
            return days
    return None


def instant(p_values: Iterable[float]) -> float:
    """Return the least of some p-values, corrected for how many there are (Bonferroni).

    Examples:
        >>> instant([0.5, 1e-4])
        0.0002
        >>> instant([])
        1.0
    """
    found = list(p_values)
    return min(1.0, len(found) * min(found)) if found else 1.0


def cauchy(p_values: Iterable[float]) -> float:
    """Return one p-value for several, whatever their dependence; 1 for none.

    Examples:
        >>> round(cauchy([0.01, 0.01, 0.01]), 6)
        0.01
    """
    found = [_tangent(min(max(p_value, 1e-15), 0.99)) for p_value in p_values]
    if not found:
        return 1.0
    mean = sum(found) / len(found)
    return 0.5 - atan(mean) / pi if mean < 1e4 else 1 / (mean * pi)  # noqa: PLR2004 - atan has lost its digits


def _tangent(p_value: float) -> float:
    """The Cauchy quantile of 1 - p."""
    return 1 / (p_value * pi) if p_value < 1e-4 else tan((0.5 - p_value) * pi)  # noqa: PLR2004 - as above


_PLACES: Final = {voice: (place, len(VOICES) + place) for place, voice in enumerate(VOICES)}
