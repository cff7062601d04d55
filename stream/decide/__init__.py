"""The pure step: one journal record in, decisions out.

If you are here to read, take the files in this order:

    book.py        one partition's state; folds any journal record
    shelf.py       the borrowers of a partition, in memory and as bytes, and their timers
    broadcast.py   what governs every borrower: rule set, parameters, lists, phase, time
    borrower.py    what is remembered of one borrower, in parts, and how it is stored
    step.py        the stages of one event, as a visible list
    versions.py    is it new, a duplicate, a correction, or a conflict
    observe.py     what a detector sees of an event
    loans.py       the open loans of a borrower, as state rules name them
    episodes.py    one machine per rule and subject: opened, escalated, cleared
    alerts.py      an episode's transition as a message, with its proof
    ews/           D8: who is judged when, and what is learned of it, in shadow
    outbox.py      what leaves: decisions, alerts, dead letters, health

Nothing here does I/O, reads a clock or draws a random number, and `Book.fold` never raises on
data: it is the same function live, after a crash, in a replay and in the tests of a rule.
"""

from stream.decide.book import Book
from stream.decide.outbox import Output

__all__ = ["Book", "Output"]
