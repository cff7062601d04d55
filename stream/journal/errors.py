"""What can go wrong with the log itself.

JournalError
    HoleError          delivered records miss some: this worker ends and reads again
    JournalGapError    the sequence of control records has a gap: this partition stops
    JournalLostError   the journal does not reach its checkpoint: this worker ends
    FencedError        another worker has the partition: what was not saved is void
"""

from __future__ import annotations


class JournalError(RuntimeError):
    """Folding on would lose or double something."""


class HoleError(JournalError):
    """Records between what was applied and what was delivered are missing."""


class JournalGapError(JournalError):
    """A control record is missing from a partition of the journal."""


class JournalLostError(JournalError):
    """The journal was cut or made anew, and its checkpoint points outside of it."""


class FencedError(JournalError):
    """Another worker has taken the partition over."""


class UsurpedError(JournalError):
    """Another process seems to run under this worker's instance name."""
