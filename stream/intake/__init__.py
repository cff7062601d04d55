"""Pure intake: what becomes of each record that a source sent.

    links.py      whose token is it
    admit.py      one record in, exactly one outcome: taken, waiting for its party, or put aside
    letters.py    what could not be taken, as a dead letter
    enums.py      values that no list of ours knows
    control.py    the copies of a control record
    actions.py    what operators did
    waiting.py    events of a party that nobody has linked yet
    progress.py   how far the sources' clocks have come, and the pace of ticks

Nothing here does I/O or reads a clock: the roles pass in bytes and the time of arrival, and
write what comes out.
"""
