"""What M remembers of one borrower: a row of 72 bytes among those of its detectors.

    said, least     how many p-values were said since the last look, and the least of them
    heard_ms        by stream, how far its feed had come at the last look
    noticed_ms      when M noticed it for the last time, whether or not anybody was told
    v               by lane, -ln of how rare the last look was

A row that cannot be trusted starts anew: what it remembers is of a day, but for `noticed_ms`.
"""

from collections.abc import Mapping
from struct import Struct
from typing import Final, NamedTuple

from detectors.codec import HEADER, Field, Layout, RecordError
from detectors.combination import NAME, Lane
from detectors.protocol import STREAMS

_SAID: Final = Struct("<Id")
"""The first two fields."""

NEVER_MS: Final = -1.0
_SAID_MOST: Final = 2**32 - 1
_MS_MOST: Final = 2.0**53
_LAYOUT: Final = Layout(
    tag=105,
    version=1,
    slots=("all",),
    fields=(
        Field("said", "u4"),
        Field("least", "f8", least=0.0, most=1.0),
        *(Field(f"heard_{stream}_ms", "f8", least=NEVER_MS, most=_MS_MOST) for stream in STREAMS),
        Field("noticed_ms", "f8", least=NEVER_MS, most=_MS_MOST),
        *(Field(f"v_{lane}", "f8", least=0.0, most=1e3) for lane in Lane),
    ),
)


class Notes(NamedTuple):
    """What is remembered; see the module."""

    said: int = 0
    least: float = 1.0
    heard_ms: tuple[float, ...] = (NEVER_MS,) * len(STREAMS)
    noticed_ms: float = NEVER_MS
    v: tuple[float, ...] = (0.0,) * len(Lane)

    def and_said(self, p_values: Mapping[str, float]) -> "Notes":
        """Return it with what some more voices have said."""
        if not p_values:
            return self
        least = min(self.least, *p_values.values())
        return self._replace(said=self.said + len(p_values), least=least)

    @property
    def instant(self) -> float:
        """The least of what was said, corrected for how much that was (`evidence.instant`)."""
        return min(1.0, self.said * self.least) if self.said else 1.0


NOTHING: Final = Notes()


def read(rows: Mapping[str, bytes]) -> Notes:
    """Return what is remembered of a borrower.

    Examples:
        >>> read({}) == read({NAME: b"broken"}) == NOTHING
        True
        >>> rows = {}
        >>> write(rows, NOTHING._replace(said=3, least=0.01))
        >>> read(rows).instant
        0.03
    """
    if NAME not in rows:
        return NOTHING
    try:
        said, least, *rest = _LAYOUT.read(rows[NAME], "all")
    except RecordError:
        return NOTHING
    streams = len(STREAMS)
    return Notes(int(said), least, tuple(rest[:streams]), rest[streams], tuple(rest[streams + 1 :]))


def write(rows: dict[str, bytes], notes: Notes) -> None:
    """Remember."""
    said, least, heard_ms, noticed_ms, v = notes
    rows[NAME] = _LAYOUT.pack({"all": (min(said, _SAID_MOST), least, *heard_ms, noticed_ms, *v)})


def note(rows: dict[str, bytes], p_values: Mapping[str, float]) -> None:
    """Remember until the next look what some voices have said.

    It is done at each event, so only the two numbers at the head of the row are read and written.
    """
    row = rows.get(NAME)
    if row is None or len(row) != _LAYOUT.size:
        write(rows, read(rows).and_said(p_values))
        return
    said, least = _SAID.unpack_from(row, HEADER.size)
    found = min(said + len(p_values), _SAID_MOST), min(least, *p_values.values())
    rows[NAME] = row[: HEADER.size] + _SAID.pack(*found) + row[HEADER.size + _SAID.size :]
