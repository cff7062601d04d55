"""Pure crossing: what is final only over all partitions.

    rounds.py     when all partitions have told of the same round
    dates.py      the totals of a business date, compared with what the source says
    segments.py   the median of members' sales, and how many came to be worried about
    attempts.py   collection attempts, and whether it is the channel that fails
    chance.py     how many failures may be chance
    ties.py       the tie-out of a day
    lateness.py   how late events come
    examples.py   what D8 learns from, in one order
    answers.py    these, as one fold of the topic

Nothing here does I/O or reads a clock: the role passes in records of `crossings` and writes the
answers into the journal. Delivery is at least once and in any order, so every fold here gives
the same end whatever comes when, and however often.
"""
