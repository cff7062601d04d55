"""The sequence: each draft gets the next place, its leaf, its subject's chain; heads are signed.

Invariants: places have no gap; `logged_at` never goes back; a head is signed at each multiple of
`EVERY`, and at the end of each day (UTC) with a record in it, before the next day's first.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from schemas.compliance import ComplianceRecord, RecordKind
from schemas.instants import DAY_MS, wire
from stream.compliance.kinds import kinds
from stream.compliance.pseudonyms import pseudonym, rekeyed
from stream.compliance.state import State, Subject
from stream.record.canonical import canonical, digest, leaf_of, salt_of
from stream.record.heads import EVERY, HeadSigner, digest_of
from stream.record.merkle import Frontier

FEED = "compliance-feed"
HEADS = "compliance-heads"
SCHEMA_VERSION = 1
ALL = "all"
"""The legal entity of what concerns all of them."""


class Message(NamedTuple):
    """What is to be written; `topic` without the prefix."""

    topic: str
    key: bytes
    value: bytes


class House(NamedTuple):
    """Whose feed it is.

    Attributes:
        tenant: The lender.
        jurisdiction: Whose rules it answers to.
        signer: Signs heads.
        new_key: Makes the key of a subject that is new.
    """

    tenant: str
    jurisdiction: str
    signer: HeadSigner
    new_key: Callable[[], bytes]


class Draft(NamedTuple):
    """A record before it has its place.

    Attributes:
        kind: What it is about.
        origin: What it was made of; with the kind it makes the record's id.
        legal_entity: Whose claim it concerns.
        as_of: When what it says was decided, RFC 3339.
        payload: Plain data; tokens in it are replaced.
        borrower_id: Whom it is about, empty if nobody.
        period: Day or month; by default the day of `as_of`.
        correction_of: The id of the record that it corrects.
    """

    kind: RecordKind
    origin: str
    legal_entity: str
    as_of: str
    payload: dict[str, Any]
    borrower_id: str = ""
    period: str = ""
    correction_of: str = ""


class Log:
    """Appends to the feed.

    Args:
        house: Whose feed it is.
        state: Where it stands.
    """

    def __init__(self, house: House, state: State) -> None:
        self._house = house
        self._state = state
        self.messages: list[Message] = []

    def come_to(self, now_ms: int) -> None:
        """Let time pass, never backwards; the end of a day is signed."""
        core = self._state.core
        if core.pending and now_ms // DAY_MS > core.clock_ms // DAY_MS:
            self._sign()
        core.clock_ms = max(core.clock_ms, now_ms)

    def append(self, draft: Draft) -> str:
        """Give a draft its place; return its record's id."""
        core, subject = self._state.core, self.subject(draft.borrower_id)
        record = self._record(draft, subject)
        text = canonical(msgspec.to_builtins(record))
        leaf = leaf_of(salt_of(subject.key, core.size), text)
        if draft.borrower_id:
            self.put(draft.borrower_id, msgspec.structs.replace(subject, leaf=leaf.hex()))
        value = b'{"leaf":"%b","record":%b}' % (leaf.hex().encode(), text)  # a FeedEntry
        self.messages.append(Message(FEED, record.record_id.encode(), value))
        frontier = Frontier(core.size, core.roots)
        frontier.append(leaf)
        core.size, core.roots = frontier.size, list(frontier.roots)
        core.pending.append(leaf.hex())
        if core.size % EVERY == 0:
            self._sign()
        return record.record_id

    def subject(self, borrower_id: str) -> Subject:
        """Return what is known of a borrower, or of the feed itself; a new one gets a key."""
        known = self._state.subjects.get(borrower_id)
        if known is None:
            known = Subject(key=self._house.new_key())
            self._state.subjects.put(borrower_id, known)
        return known

    def put(self, borrower_id: str, subject: Subject) -> None:
        """Remember what is known of a borrower."""
        self._state.subjects.put(borrower_id, subject)

    def pseudonym(self, token: str, *, of: str) -> str:
        """Return what stands for a token of a borrower."""
        return pseudonym(self.subject(of).key, token)

    def _record(self, draft: Draft, subject: Subject) -> ComplianceRecord:
        size, kind = self._state.core.size, kinds()[draft.kind]
        payload = rekeyed(subject.key, msgspec.to_builtins(draft.payload))
        origin = rekeyed(subject.key, draft.origin)
        is_chained = bool(draft.borrower_id)
        return ComplianceRecord(
            record_id=f"{draft.kind.value}/{origin}",
            seq=size + 1,
            log_index=size,
            kind=draft.kind,
            tenant=self._house.tenant,
            legal_entity=draft.legal_entity,
            jurisdiction=self._house.jurisdiction,
            period=draft.period or draft.as_of[:10],
            as_of=draft.as_of,
            logged_at=wire(self._state.core.clock_ms),
            schema_version=SCHEMA_VERSION,
            legal_basis=kind.basis,
            disclosure_class=kind.disclosure,
            payload=payload,
            payload_digest=digest(payload),
            subject=pseudonym(subject.key, draft.borrower_id) if is_chained else "",
            prev_hash=subject.leaf if is_chained else "",
            correction_of=draft.correction_of,
        )

    def _sign(self) -> None:
        core = self._state.core
        head = self._house.signer.sign(
            tree_size=core.size,
            root=Frontier(core.size, core.roots).root,
            at=wire(core.clock_ms),
            previous=core.head_digest,
            leaves=tuple(core.pending),
        )
        core.pending, core.head_ms, core.head_digest = [], core.clock_ms, digest_of(head.body)
        value = canonical(msgspec.to_builtins(head))
        self.messages.append(Message(HEADS, str(core.size).encode(), value))
