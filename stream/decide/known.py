"""What is remembered of each event, by stream, place and business key.

A place is what is forgotten as a whole: a loan's repayments with its life, the days of the other
streams once they lie behind every repair horizon, and a day more, since days of rules are not
those of UTC. What is remembered is enough to tell versions apart and to take the event back:

    version, digest   which version counts, and what it says
    row               what it put into the windows (rules.rows)
    event             the event itself, if a rule may have to judge it again

A record may take back another one: a `CORRECTION` or `CANCEL` that names an event under another
key, and a `REVERSAL`, which is always a record of its own (its money went back; domain.md 2.6).
It may come first; then a note `<name` waits for the one that it is about.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from schemas.header import RecordKind
from schemas.journal import Event, stream_of

NAME_BYTES: Final = 8
MOST_NAMES: Final = 8
"""Of so many versions of one event the ids are known, by which another record may name it."""


SEVERAL: Final = b""


class Known(msgspec.Struct, array_like=True, gc=False):
    """One business key.

    Attributes:
        version: The latest one.
        digest: Of what it says.
        at_ms: When the event happened that is in the windows, or that would be.
        names: Digests of the event ids of its versions, one after the other.
        row: What it has put into the windows, empty if it is not in them.
        is_undone: Whether another record has taken it back.
        event: Its latest version and what the detectors said of it, while it may be judged again.
        restricted: The same, kept for the rules of the restricted lane.
    """

    version: int
    digest: bytes
    at_ms: int
    names: bytes = b""
    row: bytes = b""
    is_undone: bool = False
    event: bytes = b""
    restricted: bytes = b""

    def kept(self, *, restricted: bool) -> bytes:
        """Return what is kept of the event to be judged again, empty if nothing is."""
        return self.restricted if restricted else self.event

    def keep(self, value: bytes, *, restricted: bool) -> None:
        """Keep the event to be judged again, or nothing of it."""
        if restricted:
            self.restricted = value
        else:
            self.event = value

    def note_name(self, name: bytes) -> None:
        """Remember one more event id."""
        if len(self.names) < MOST_NAMES * NAME_BYTES and not self.has_name(name):
            self.names += name

    def has_name(self, name: bytes) -> bool:
        """Whether one of its versions came under this event id."""
        names = self.names
        return any(names[at : at + NAME_BYTES] == name for at in range(0, len(names), NAME_BYTES))


Seen = dict[str, Known]
"""By business key; a borrower has one for each loan, and for each day of the other streams."""

Places = dict[str, Seen]
"""All of one stream."""


class Found(NamedTuple):
    """What is known of an event, and where."""

    stream: str
    place: str
    key: str
    known: Known

    @property
    def digest(self) -> bytes:
        """By which episodes name the event."""
        return digest_of_key(self.stream, self.key)


def key_of(event: Event) -> str:
    """Return the key under which an event is remembered: a reversal is an event of its own."""
    if event.data.record_kind is not RecordKind.REVERSAL:
        return event.business_key
    about = event.data.original_event_id or event.event_id
    return f"{event.business_key}|{RecordKind.REVERSAL}|{about}"


def short_key(event: Event) -> bytes:
    """Return what stands for an event's business key where only the keys of few are kept."""
    return blake2b(event.business_key.encode(), digest_size=NAME_BYTES).digest()


def name_of(source: str, event_id: str) -> bytes:
    """Return the digest of an event id, which is unique for its source."""
    return blake2b(f"{source}|{event_id}".encode(), digest_size=NAME_BYTES).digest()


def digest_of_key(stream: str, key: str) -> bytes:
    """Return the digest of a key, as episodes name an event."""
    return blake2b(f"{stream}|{key}".encode(), digest_size=NAME_BYTES).digest()


def all_known(seen: dict[str, Places]) -> Iterator[Found]:
    """Yield all that is known of a borrower's events; notes are left out."""
    for stream, places in seen.items():
        for place, of in places.items():
            for key, known in of.items():
                if known.version:
                    yield Found(stream, place, key, known)


def find(places: Places, key: str) -> tuple[str, Known] | None:
    """Return place and what is known of a key."""
    for place, seen in places.items():
        if key in seen:
            return place, seen[key]
    return None


def taken_back_by(seen: dict[str, Places], event: Event, own: Known) -> Found | None:
    """Return the other event that this record takes back, if it has come.

    Args:
        seen: All that the borrower has.
        event: The record.
        own: What is known of it.
    """
    data, stream = event.data, stream_of(event)
    places = seen[stream]
    if data.record_kind is RecordKind.ORIGINAL:
        return None
    if data.original_event_id is not None:
        name = name_of(event.source, data.original_event_id)
        for found in all_known({stream: places}):
            if found.known is not own and found.known.has_name(name):
                return found
    named = find(places, event.business_key)
    if named is None or named[1] is own or data.record_kind is not RecordKind.REVERSAL:
        return None
    return Found(stream, named[0], event.business_key, named[1])


def leave_note(seen: Seen, event: Event, own: Known) -> None:
    """Let the event that this record takes back find a note when it comes."""
    data = event.data
    if data.original_event_id is None:
        if data.record_kind is RecordKind.REVERSAL:
            _note(seen, event.business_key, event)
        return
    name = name_of(event.source, data.original_event_id)
    if not own.has_name(name):
        _note(seen, name.hex(), event)


def _note(seen: Seen, about: str, event: Event) -> None:
    """Leave a note with the digest of its writer, or with none if several have written it."""
    known, digest = seen.get(f"<{about}"), _own_digest(event)
    if known is not None and known.digest != digest:
        digest = SEVERAL
    seen[f"<{about}"] = Known(0, digest, event.event_at_ms)


def is_awaited(places: Places, event: Event) -> bool:
    """Whether another record that takes this event back has come before it.

    A correction that came before its own first version is not another one.
    """
    by_name, own = f"<{name_of(event.source, event.event_id).hex()}", _own_digest(event)
    for seen in places.values():
        for note in (by_name, f"<{event.business_key}"):
            if note in seen and seen[note].digest != own:
                return True
    return False


def _own_digest(event: Event) -> bytes:
    return digest_of_key(stream_of(event), key_of(event))
