"""Pure crossing: what is final only over all partitions.

    dates.py    the totals of a business date, added up and compared with what the source says

Nothing here does I/O or reads a clock: the role passes in records of `crossings` and writes the
answers into the journal. Delivery is at least once and in any order, so every fold here gives
the same end whatever comes when, and however often.
"""
