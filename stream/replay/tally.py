"""Counts what a replay folds and what comes out of it.

Decisions are digested subject by subject, so that two runs can be compared whatever their
partitions: the digest is SHA-256 over each subject and the SHA-256 of its decisions, a line
each, in the order of subjects.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.alert import Alert
from schemas.book_day import OF_PARTITION
from schemas.dead_letter import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stream.decide import Book, Output


class Report(msgspec.Struct, kw_only=True):
    """What a replay found.

    `alerts` counts by rule, then by transition and tier (`opened severe`).
    """

    records: int
    events: dict[str, int]
    borrowers: int
    unresolved: int
    dead_letters: dict[str, int]
    decisions: dict[str, int]
    alerts: dict[str, dict[str, int]]
    decisions_sha256: str


class Digest:
    """The digest of decisions that does not depend on partitions: their own are left out.

    Examples:
        >>> one, other = Digest(), Digest()
        >>> for digest, order in ((one, "ab"), (other, "ba")):
        ...     for subject in order:
        ...         digest.add(subject.encode(), b"{}")
        >>> one.hexdigest() == other.hexdigest()
        True
    """

    def __init__(self) -> None:
        self._subjects: dict[bytes, Any] = {}

    def add(self, subject: bytes, value: bytes) -> None:
        """Take the next decision of a subject."""
        if subject.startswith(OF_PARTITION.encode()):
            return
        self._subjects.setdefault(subject, sha256()).update(value + b"\n")

    def hexdigest(self) -> str:
        """Return the digest of all that was added."""
        whole = sha256()
        for subject, decisions in sorted(self._subjects.items()):
            whole.update(subject + b"\n" + decisions.digest())
        return whole.hexdigest()


class _Kind(msgspec.Struct):
    kind: str


_kind = msgspec.json.Decoder(_Kind).decode
_letter = msgspec.json.Decoder(DeadLetter).decode
_alert = msgspec.json.Decoder(Alert).decode


class Tally:
    """The counts.

    Args:
        on_alert: Called with every alert, as it comes.
    """

    def __init__(self, *, on_alert: Callable[[Alert], None] = lambda _: None) -> None:
        self.records = self.unresolved = 0
        self.events: Counter[str] = Counter()
        self.dead_letters: Counter[str] = Counter()
        self.digest = Digest()
        self._decisions: Counter[str] = Counter()
        self._alerts: dict[str, Counter[str]] = {}
        self._on_alert = on_alert

    def take(self, outputs: list[Output]) -> None:
        """Count the messages of one folded record."""
        self.records += 1
        for output in outputs:
            match output.topic:
                case "decisions":
                    self.digest.add(output.key, output.value)
                    self._decisions[_kind(output.value).kind] += 1
                case "dead-letters":
                    self.dead_letters[_letter(output.value).reason] += 1
                case "alerts":
                    self._take_alert(_alert(output.value))

    def _take_alert(self, alert: Alert) -> None:
        tier = alert.previous_tier if alert.tier == "none" else alert.tier
        by_transition = self._alerts.setdefault(alert.rule.name, Counter())
        by_transition[f"{alert.transition} {tier}"] += 1
        self._on_alert(alert)

    def report(self, books: Iterable[Book]) -> Report:
        """Return the counts."""
        return Report(
            records=self.records,
            events=dict(sorted(self.events.items())),
            borrowers=sum(book.borrowers for book in books),
            unresolved=self.unresolved,
            dead_letters=dict(sorted(self.dead_letters.items())),
            decisions=dict(sorted(self._decisions.items())),
            alerts={rule: dict(sorted(by.items())) for rule, by in sorted(self._alerts.items())},
            decisions_sha256=self.digest.hexdigest(),
        )
