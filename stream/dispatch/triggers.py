"""The triggers of one partition: of each, what its record with the highest ordinal says.

Fails closed: a record of a borrower that cannot be read may have been a retraction, so nothing
is granted for that borrower any more until a person has looked.
"""

from typing import Final, NamedTuple

import msgspec

from schemas.alert import Phase
from schemas.collection_trigger import Channel, CollectionTrigger, Op
from schemas.instants import DAY_MS, HOUR_MS, parse
from schemas.money import Money
from schemas.trigger_progress import PROGRESS_KEY, TriggerProgress

KEPT_MS: Final = 14 * DAY_MS
"""How far back triggers are read and kept. One without a younger record is unknown here."""
PRUNE_EVERY_MS: Final = HOUR_MS

_decoder: msgspec.json.Decoder[CollectionTrigger | TriggerProgress] = msgspec.json.Decoder(
    CollectionTrigger | TriggerProgress
)


class Standing(NamedTuple):
    """A trigger as it stands: what the gate asks of it, instants in epoch milliseconds."""

    ordinal: int
    op: Op
    channel: Channel
    borrower_id: str
    amount_due: Money
    phase: Phase
    simulated: bool
    at_ms: int
    earliest_ms: int | None
    latest_ms: int | None
    expires_ms: int | None


class Triggers:
    """The fold of one partition of `collection-triggers`.

    Attributes:
        through_ms: The last checkpointed tick read; all that follows from before it is here.
        unreadable: Keys of records that could not be read.
    """

    def __init__(self) -> None:
        self.through_ms: int | None = None
        self.unreadable: set[bytes] = set()
        self._standing: dict[str, Standing] = {}
        self._pruned_ms = 0

    def __len__(self) -> int:
        """Return how many triggers are known."""
        return len(self._standing)

    def __getitem__(self, trigger_id: str) -> Standing:
        """Return how a trigger stands.

        Raises:
            KeyError: If it is not known here.
        """
        return self._standing[trigger_id]

    def __contains__(self, trigger_id: str) -> bool:
        """Return whether a trigger is known."""
        return trigger_id in self._standing

    def fold(self, key: bytes | None, value: bytes | None) -> CollectionTrigger | None:
        """Take the next record; return the trigger that it tells of.

        Raises:
            ValueError: If it cannot be read; its borrower is held back from then on.
        """
        try:
            return self._fold(key, _decoder.decode(value or b""))
        except (ValueError, UnicodeDecodeError, RecursionError) as error:
            self.unreadable.add(key or b"")
            raise ValueError(str(error)) from error

    def _fold(
        self, key: bytes | None, record: CollectionTrigger | TriggerProgress
    ) -> CollectionTrigger | None:
        expected = PROGRESS_KEY
        if isinstance(record, CollectionTrigger):
            expected = record.borrower_id.encode()
        if key != expected:
            raise ValueError(f"expected the key `{expected.decode()}`")
        if isinstance(record, TriggerProgress):
            self._advance(record.tick_at_ms)
            return None
        self._stand(record)
        return record

    def _stand(self, record: CollectionTrigger) -> None:
        known = self._standing.get(record.trigger_id)
        if known is not None and known.ordinal >= record.ordinal:
            return
        self._standing[record.trigger_id] = Standing(
            ordinal=record.ordinal,
            op=record.op,
            channel=record.channel,
            borrower_id=record.borrower_id,
            amount_due=record.amount_due,
            phase=record.phase,
            simulated=record.simulated,
            at_ms=parse(record.at),
            earliest_ms=_ms(record.earliest_at),
            latest_ms=_ms(record.latest_at),
            expires_ms=_ms(record.expires_at),
        )

    def _advance(self, tick_at_ms: int) -> None:
        self.through_ms = max(self.through_ms or 0, tick_at_ms)
        if tick_at_ms < self._pruned_ms + PRUNE_EVERY_MS:
            return
        self._pruned_ms = tick_at_ms
        for trigger_id in [t for t, s in self._standing.items() if s.at_ms < tick_at_ms - KEPT_MS]:
            del self._standing[trigger_id]


def _ms(text: str | None) -> int | None:
    return None if text is None else parse(text)
