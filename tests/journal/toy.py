"""A toy to fold into, for tests of what carries the step: any lost or doubled record shows.

Per borrower a count and a hash chain over all of its records; every seventh record is an alert
and a decision that name both, every seventieth an urgent one. A record counts by its bytes.
"""

import hashlib
import json
import zlib
from typing import NamedTuple

EVERY = 7


class Output(NamedTuple):
    """As `stream.decide.outbox.Output`."""

    topic: str
    key: bytes
    value: bytes
    urgent: bool = False


class ToyBook:
    """Has the interface of `stream.decide.book.Book`."""

    control_seq = -1

    def __init__(self):
        self._stored = {}
        self._states = {}
        self._changed = set()

    def fold(self, key, value):
        count, chain = self._state(key)
        count, chain = count + 1, hashlib.blake2b(chain + value, digest_size=16).digest()
        self._states[key] = count, chain
        self._changed.add(key)
        if count % EVERY:
            return []
        name = key.decode()
        text = {"id": f"{name}/{count}", "chain": chain.hex()}
        value, urgent = json.dumps(text).encode(), count % (10 * EVERY) == 0
        return [Output("decisions", key, value), Output("alerts", key, value, urgent)]

    def _state(self, key):
        if key in self._states:
            return self._states[key]
        count, _, chain = self._stored.pop(key, b"0:").partition(b":")
        return int(count), chain

    def restore(self, key, value):
        self._stored[key] = value

    def changes(self):
        records = [(key, b"%d:%b" % self._states[key]) for key in sorted(self._changed)]
        self._changed.clear()
        return records

    @property
    def dirty(self):
        return len(self._changed)


def events(total, borrowers, start=0):
    """Yield (key, value) of made-up records: each value once."""
    for number in range(start, start + total):
        value = b"%d" % number
        yield b"brw_%04d" % (zlib.crc32(value) % borrowers), value
