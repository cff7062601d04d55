"""What is remembered of the cases of one borrower: a part of its memory."""

import msgspec

from schemas.case import Case


class Pending(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """An order that one person has signed, and another has to endorse.

    Attributes:
        operator: Who signed it.
        signed_ms: When; what is ordered counts from then.
        noted_ms: When it was folded.
        lapses_ms: When it is given up.
        body: The order, JSON.
    """

    operator: str
    signed_ms: int
    noted_ms: int
    lapses_ms: int
    body: bytes


class Cases(msgspec.Struct, kw_only=True, array_like=True):
    """The cases of one lane.

    Attributes:
        open: Those that are not closed, by legal entity, as they were last told.
        counts: How many there ever were, by legal entity: the last one's ordinal.
        settled: What people have closed a case about and still goes on: the tier, by legal entity;
            in the restricted lane by episode. Only more than that opens another case.
        pending: Orders that wait for a second person, by their record's id.
        filed: When the file was last written: the day, and the last closed day of sales.
    """

    open: dict[str, Case] = msgspec.field(default_factory=dict)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    settled: dict[str, int] = msgspec.field(default_factory=dict)
    pending: dict[str, Pending] = msgspec.field(default_factory=dict)
    filed: tuple[int, int] = (0, 0)

    def entity_of(self, case_id: str) -> str | None:
        """Return under which legal entity a case is open, `None` if it is not."""
        return next((key for key, case in self.open.items() if case.case_id == case_id), None)
