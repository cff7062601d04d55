"""Segments: what a borrower's peers do, and what befalls all of them at once.

    member.py      what is remembered of one borrower as a member; a part of its memory
    tally.py       what this partition's members come to, until it is told
    telling.py     to crossing: their part of the totals, each hour and each closed day
    known.py       what crossing has answered, and which incidents are open
    policy.py      the numbers of the segment's own signals
    judging.py     which tier a signal has by what was answered
    words.py       why, in two languages
    proof.py       an incident's change as an alert
    questions.py   what later stages ask: peers, damping, channel outage
    state.py       all that a partition knows of segments
    stage.py       these, as the book folds records

Every partition folds all answers alike, so that damping is the same everywhere; the one that a
segment's key falls into tells its alerts (architecture.md 2). They are functions of the answers
alone and name no partition.
"""
