"""Who of one partition has turned to which payee, and how many have over all partitions.

    #payee/<token>   by borrower: when it turned to that payee
    #payees          the hour that was told last, and the counts that crossing has answered

Only counts leave the partition.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from rules.scene import UNCHANGED, Payee
from schemas.crossing import PayeesTold
from schemas.instants import HOUR_MS
from schemas.journal import PayeeSnapshot

KEY: Final = b"#payees"
PREFIX: Final = b"#payee/"

_encode = msgspec.msgpack.Encoder().encode
_turned = msgspec.msgpack.Decoder(dict[str, int]).decode


class Change(NamedTuple):
    """One change of the payee of one account; `payee` is empty if it is no stranger, or unknown."""

    account: str
    payee: str
    at_ms: int


class Counts(msgspec.Struct, array_like=True, kw_only=True):
    """What was told last, as hours since 1970, and what was answered last."""

    hour: int = -1
    version: int = -1
    shared: dict[str, int] = msgspec.field(default_factory=dict)


_counts = msgspec.msgpack.Decoder(Counts).decode


class Payees:
    """The payees of one partition.

    Args:
        partition: Its number.

    Examples:
        >>> payees = Payees(0)
        >>> payees.put("brw_1", {"cp_9": 5})
        True
        >>> payees.of("brw_1")
        Payee(token='cp_9', shared_by=1)
    """

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._turned: dict[str, dict[str, int]] = {}
        self._of: dict[str, set[str]] = {}
        self._counts = Counts()
        self._changed: set[bytes] = set()

    def put(self, borrower_id: str, turned: Mapping[str, int]) -> bool:
        """Let these be all payees that a borrower has turned to, and when; say if it is news."""
        mine = self._of.get(borrower_id, ())
        before = {payee: self._turned[payee][borrower_id] for payee in mine}
        for payee in before.keys() | turned.keys():
            self._place(payee, borrower_id, turned.get(payee))
        return before != turned

    def _place(self, payee: str, borrower_id: str, at_ms: int | None) -> None:
        who = self._turned.setdefault(payee, {})
        mine = self._of.setdefault(borrower_id, set())
        if at_ms is None:
            who.pop(borrower_id, None)
            mine.discard(payee)
        else:
            who[borrower_id] = at_ms
            mine.add(payee)
        if not who:
            del self._turned[payee]
        if not mine:
            del self._of[borrower_id]
        self._changed.add(PREFIX + payee.encode())

    def of(self, borrower_id: str) -> Payee:
        """Return the payee of a borrower; of several the one with the most borrowers."""
        if borrower_id not in self._of:
            return UNCHANGED
        shared = self._counts.shared
        most, token = max((shared.get(payee, 1), payee) for payee in self._of[borrower_id])
        return Payee(token=token, shared_by=most)

    def is_due(self, now_ms: int) -> bool:
        """Whether crossing was told nothing yet in the hour."""
        return now_ms // HOUR_MS > self._counts.hour

    def tell(self, now_ms: int) -> PayeesTold:
        """Return what crossing has to hear of the beginning of the hour."""
        hour = self._counts.hour = now_ms // HOUR_MS
        self._changed.add(KEY)
        counts = {payee: len(who) for payee, who in sorted(self._turned.items())}
        return PayeesTold(partition=self._partition, at_ms=hour * HOUR_MS, payees=counts)

    def forget(self, before_ms: int) -> list[str]:
        """Forget who turned to a payee before an instant; return these borrowers, in order."""
        old = [
            (payee, borrower_id)
            for payee, who in self._turned.items()
            for borrower_id, at_ms in who.items()
            if at_ms < before_ms
        ]
        for payee, borrower_id in old:
            self._place(payee, borrower_id, None)
        return sorted({borrower_id for _, borrower_id in old})

    def learn(self, answer: PayeeSnapshot) -> list[str]:
        """Take what crossing has counted; return the borrowers whom it concerns, in order."""
        counts = self._counts
        if answer.version <= counts.version:
            return []
        before, counts.shared, counts.version = counts.shared, answer.shared, answer.version
        self._changed.add(KEY)
        payees = before.keys() | answer.shared.keys()
        changed = [payee for payee in payees if before.get(payee) != answer.shared.get(payee)]
        return sorted({who for payee in changed for who in self._turned.get(payee, ())})

    def store(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the records that changed since the last call."""
        for key in sorted(self._changed):
            if key == KEY:
                yield key, _encode(self._counts)
            else:
                who = self._turned.get(key.removeprefix(PREFIX).decode())
                yield key, _encode(dict(sorted(who.items()))) if who else None
        self._changed.clear()

    def restore(self, key: bytes, value: bytes | None) -> bool:
        """Take one stored record; return whether it is one of these.

        Raises:
            msgspec.DecodeError: If a record is not what `store` wrote.
        """
        if key == KEY:
            self._counts = Counts() if value is None else _counts(value)
        elif key.startswith(PREFIX):
            payee = key.removeprefix(PREFIX).decode()
            turned = {} if value is None else _turned(value)
            for borrower_id in self._turned.get(payee, {}).keys() | turned.keys():
                self._place(payee, borrower_id, turned.get(borrower_id))
            self._changed.clear()
        else:
            return False
        return True
