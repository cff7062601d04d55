"""Dead letters as operators handle them: found, read, and sent again to where they came from.

A letter is never changed or removed; what was sent again and cannot be taken again makes a new
one, of its new place. What was taken before is told apart in the fold, so sending again is safe.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
import structlog
from confluent_kafka import KafkaError, Message, Producer

from schemas.dead_letter import DeadLetter, DeadLetterReason
from schemas.envelope import DecodeError, decode
from stream.intake.keys import record_key
from stream.journal.clients import named, producer_config
from stream.journal.follow import read_to_end
from stream.settings import Settings

log = structlog.get_logger()

DEAD_LETTERS: Final = "dead-letters"
SEND_WITHIN_S: Final = 60.0

_letters = msgspec.json.Decoder(DeadLetter)


class DeadLetterError(ValueError):
    """A letter that is not there, or cannot be sent again."""


def read_letters(settings: Settings) -> dict[str, DeadLetter]:
    """Return the letters by id, the oldest first; a letter written twice is one."""
    letters: dict[str, DeadLetter] = {}
    for message in read_to_end(settings, DEAD_LETTERS, DEAD_LETTERS):
        try:
            letter = _letters.decode(message.value() or b"")
        except msgspec.DecodeError as error:
            log.warning("no dead letter", offset=message.offset(), error=str(error))
        else:
            letters.setdefault(letter.letter_id, letter)
    return dict(sorted(letters.items(), key=lambda item: item[1].first_seen))


def chosen(
    letters: Iterable[DeadLetter],
    *,
    reason: DeadLetterReason | None = None,
    topic: str | None = None,
) -> Iterator[DeadLetter]:
    """Yield the letters of a reason and of an origin, where these are given."""
    for letter in letters:
        from_topic = letter.origin.topic if letter.origin else None
        if reason in (None, letter.reason) and topic in (None, from_topic):
            yield letter


def payload(letter: DeadLetter) -> bytes | None:
    """Return the bytes that were not taken, `None` if the letter does not carry them."""
    return None if letter.payload is None else base64.b64decode(letter.payload)


def why_not_again(letter: DeadLetter) -> str | None:
    """Return why a letter cannot be sent again, `None` if it can."""
    if letter.origin is None:
        return "the record is in the journal, whence the fold refused it"
    if letter.payload is None:
        return "it carries no bytes: personal data, or a tombstone"
    return None


def redrive(settings: Settings, letters: Iterable[DeadLetter]) -> int:
    """Send the records of letters to where they came from; return how many were taken.

    Raises:
        DeadLetterError: If one cannot be sent again (then none is), or the cluster does not take
            one.
    """
    ready = list(letters)
    for letter in ready:
        if why := why_not_again(letter):
            raise DeadLetterError(f"{letter.letter_id} cannot be sent again: {why}")
    failed: list[str] = []

    def answered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error.str())

    producer = Producer(producer_config(settings, "loanwatch-dead-letters"))
    for letter in ready:
        _send(settings, producer, letter, answered)
    left = producer.flush(SEND_WITHIN_S)
    if failed or left:
        first = failed[0] if failed else "no answer"
        raise DeadLetterError(f"{len(failed) + left} of {len(ready)} were not taken: {first}")
    return len(ready)


def _send(
    settings: Settings,
    producer: Producer,
    letter: DeadLetter,
    answered: Callable[[KafkaError | None, Message], None],
) -> None:
    """Send one record to its partition, under its key: a compacted topic wants one."""
    raw, origin = payload(letter), letter.origin
    assert raw is not None and origin is not None  # noqa: S101, PT018 - see why_not_again
    while True:
        try:
            producer.produce(
                named(settings, origin.topic),
                key=_key(raw) or letter.letter_id,
                value=raw,
                partition=origin.partition,
                on_delivery=answered,
            )
        except BufferError:
            producer.poll(1.0)
        else:
            return


def _key(raw: bytes) -> str | None:
    try:
        return record_key(decode(raw).data)
    except DecodeError:
        return None
