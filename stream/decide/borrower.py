"""What is remembered of one borrower, in parts that are written only when they changed.

Each part is one record of `journal-state`, keyed `brw_x/part`:

    header        decisions so far, what is waited for, last event per stream; read at take-over
    references    profile, what operators signed
    windows       the rules' features, by fingerprint
    history       of long daily series the days of the past, which change once a day
    models        the detectors' rows
    basis         images of these from before open warnings, and what open cases rest on
    episodes      the open warnings and what is remembered of closed ones
    restricted    the same of the restricted lane, and how many decisions were made in it
    tier          the tier towards each legal entity, and what holds it
    feeds         the sources of its events, by stream
    member        what it is counted with in its segment
    collection    triggers, contacts and holds
    cases         what people do about it
    payees        the changes of payee of its accounts in the last 60 days, by a digest of the key
    judged        what D8 has said of it and is not final yet
    ledger/...    each loan's facts, and those of money that names none: ledger/<loan>
    counted/...   what was counted for the business dates of a feed: counted/<source>/<stream>
    seen/...      business keys applied: seen/repayment/<loan>, seen/pos_clearing/<day>, ...

Invariants: memory holds exactly what the codec stores, so that output does not depend on when
a worker died; a part is marked as changed by whoever changes it; a part that is gone is written
as a tombstone.
"""

from typing import TYPE_CHECKING, Any, Final

import msgspec

from rules.history import History, join, split
from rules.memory import Memory
from stream.decide.basis import Basis
from stream.decide.cases.state import Cases
from stream.decide.collection.state import Collection
from stream.decide.feeds.state import Counted
from stream.decide.feeds.wait import Wait
from stream.decide.known import Places, Seen
from stream.decide.parts import Episode, Header, References, Restricted
from stream.decide.payees.state import Change
from stream.decide.segments.member import Member
from stream.decide.tiers.state import Standing
from stream.ledger import Ledger

if TYPE_CHECKING:
    from schemas.alert import Alert
    from stream.decide.tiers.records import Ranked

_encode = msgspec.msgpack.Encoder().encode

SEEN: Final = "seen/"
COUNTED: Final = "counted/"
LEDGER: Final = "ledger/"
WINDOWS: Final = "windows"
LOOK: Final = "look"
"""The name of the wait for an episode's close or the tier's look."""

COLLECT: Final = "collect"
"""The name of the wait for the next question about a trigger."""

CASES: Final = "cases"
"""The name of the wait for what time alone changes of a case."""
JUDGED: Final = "judged"
"""The name of the part of what D8 has said."""

RESTRICTED: Final = "restricted"
"""The name of the wait for the close of an episode, or for a case, of the restricted lane."""

DEFAULT_SEGMENT: Final = "default"


_PARTS: Final[dict[str, Any]] = {
    "header": msgspec.msgpack.Decoder(Header),
    "references": msgspec.msgpack.Decoder(References),
    "windows": msgspec.msgpack.Decoder(dict[str, Any]),
    "history": msgspec.msgpack.Decoder(History),
    "models": msgspec.msgpack.Decoder(dict[str, bytes]),
    "basis": msgspec.msgpack.Decoder(Basis),
    "episodes": msgspec.msgpack.Decoder(dict[str, Episode]),
    "restricted": msgspec.msgpack.Decoder(Restricted),
    "tier": msgspec.msgpack.Decoder(Standing),
    "feeds": msgspec.msgpack.Decoder(dict[str, list[str]]),
    "member": msgspec.msgpack.Decoder(Member),
    "collection": msgspec.msgpack.Decoder(Collection),
    "cases": msgspec.msgpack.Decoder(Cases),
    "payees": msgspec.msgpack.Decoder(dict[bytes, Change]),
    JUDGED: msgspec.msgpack.Decoder(list[bytes]),
}
_seen_decoder = msgspec.msgpack.Decoder(Seen)
_counted_decoder = msgspec.msgpack.Decoder(Counted)


class Borrower:
    """One borrower's memory; the fields are the parts of the module's table.

    `changed` names the parts to be written, `told` the alerts that the tier has not heard of yet,
    `ranked` the tiers that the cases have not heard of yet, by legal entity,
    `armed` is what the book knows to be waited for, `memory` what the rules' measures have said;
    none of these is stored.
    """

    def __init__(self, borrower_id: str) -> None:
        self.borrower_id = borrower_id
        self.header = Header()
        self.references = References()
        self.windows: dict[str, Any] = {}
        self.models: dict[str, bytes] = {}
        self.basis = Basis()
        self.episodes: dict[str, Episode] = {}
        self.restricted = Restricted()
        self.tier = Standing()
        self.feeds: dict[str, list[str]] = {}
        self.member = Member()
        self.collection = Collection()
        self.cases = Cases()
        self.payees: dict[bytes, Change] = {}
        self.judged: list[bytes] = []
        self.counted: dict[str, Counted] = {}
        self.seen: dict[str, Places] = {}
        self.ledger = Ledger()
        self.history: History = {}
        self.changed: set[str] = set()
        self.told: list[Alert] = []
        self.ranked: dict[str, Ranked] = {}
        self.armed: dict[str, Wait] = {}
        self.memory = Memory()

    @property
    def segment(self) -> str:
        """The segment that chooses priors and parameters: the profile's first."""
        profile = self.references.profile
        return profile.segment_ids[0] if profile and profile.segment_ids else DEFAULT_SEGMENT

    def come_to(self, at_ms: int) -> int:
        """Go on to an instant, unless the borrower has come further; return where it is."""
        if at_ms > self.header.now_ms:
            self.header.now_ms = at_ms
            self.changed.add("header")
        return self.header.now_ms

    def next_ordinal(self, *, restricted: bool = False) -> int:
        """Count one more decision, of the restricted lane or of all others."""
        if restricted:
            self.restricted.decisions += 1
            self.changed.add("restricted")
            return self.restricted.decisions
        self.header.decisions += 1
        self.changed.add("header")
        return self.header.decisions

    def wait(self, waits: dict[str, Wait], *, of: str) -> None:
        """Wait for `waits` and for nothing else of what begins with `of`."""
        kept = {name: wait for name, wait in self.header.waits.items() if not name.startswith(of)}
        if kept | waits != self.header.waits:
            self.header.waits = kept | waits
            self.changed.add("header")

    def rearm(self) -> None:
        """Wait for the first of an episode's close and the tier's look; restricted ones apart."""
        deadlines = [e.closes_at_ms for e in self.episodes.values() if e.tier and e.closes_at_ms]
        deadlines += [e.look_ms for e in self.episodes.values() if e.look_ms is not None]
        if self.tier.deadline_ms is not None:
            deadlines.append(self.tier.deadline_ms)
        self.wait({LOOK: Wait(min(deadlines))} if deadlines else {}, of=LOOK)
        apart = [
            episode.closes_at_ms for episode in self.restricted.episodes.values() if episode.tier
        ]
        if self.restricted.case_ms is not None:
            apart.append(self.restricted.case_ms)
        self.wait({RESTRICTED: Wait(min(apart))} if apart else {}, of=RESTRICTED)

    def store(self) -> list[tuple[bytes, bytes | None]]:
        """Return the records of the changed parts, `None` for a part that is gone."""
        if WINDOWS in self.changed and (history := split(self.windows)[1]) != self.history:
            self.history = history
            self.changed.add("history")
        records = [(self._key(part), self._encode(part)) for part in sorted(self.changed)]
        records += [(self._key(LEDGER + part), value) for part, value in self.ledger.store()]
        self.changed.clear()
        return records

    def _key(self, part: str) -> bytes:
        return f"{self.borrower_id}/{part}".encode()

    def _encode(self, part: str) -> bytes | None:
        if part.startswith(SEEN):
            stream, place = split_place(part)
            keys = self.seen[stream].get(place)
            return None if keys is None else _encode(keys)
        if part.startswith(COUNTED):
            return _encode(self.counted[part.removeprefix(COUNTED)])
        if part == WINDOWS:
            return _encode(split(self.windows)[0])
        return _encode(getattr(self, part))


def load(borrower_id: str, parts: dict[str, bytes]) -> Borrower:
    """Make a borrower of the stored records of its parts.

    Raises:
        msgspec.DecodeError: If a record is not what `store` wrote.
    """
    borrower = Borrower(borrower_id)
    borrower.ledger = load_ledger(parts)
    for part, value in parts.items():
        if part.startswith(SEEN):
            stream, place = split_place(part)
            borrower.seen.setdefault(stream, {})[place] = _seen_decoder.decode(value)
        elif part.startswith(COUNTED):
            borrower.counted[part.removeprefix(COUNTED)] = _counted_decoder.decode(value)
        elif not part.startswith(LEDGER):
            setattr(borrower, part, _PARTS[part].decode(value))
    borrower.windows = join(borrower.windows, borrower.history)
    return borrower


def load_standing(borrower_id: str, parts: dict[str, bytes]) -> Borrower:
    """Make a borrower of stored records as far as its standing needs them; not to be changed.

    Raises:
        msgspec.DecodeError: If a record is not what `store` wrote.
    """
    needed = {"references", "tier"}
    return load(
        borrower_id,
        {part: of for part, of in parts.items() if part in needed or part.startswith(LEDGER)},
    )


def load_ledger(parts: dict[str, bytes]) -> Ledger:
    """Make the ledger of a borrower's stored records.

    Raises:
        msgspec.DecodeError: If a record is not what `store` wrote.
    """
    return Ledger.load(
        {
            part.removeprefix(LEDGER): value
            for part, value in parts.items()
            if part.startswith(LEDGER)
        }
    )


def split_place(part: str) -> tuple[str, str]:
    """Return stream and place of a part that holds business keys.

    Examples:
        >>> split_place("seen/pos_clearing/20412")
        ('pos_clearing', '20412')
    """
    _, stream, place = part.split("/")
    return stream, place


def split_key(key: bytes) -> tuple[str, str]:
    """Return borrower id and part of a state record's key.

    Examples:
        >>> split_key(b"brw_31c/seen/repayment/ln_7f2")
        ('brw_31c', 'seen/repayment/ln_7f2')
    """
    borrower_id, _, part = key.decode().partition("/")
    return borrower_id, part
