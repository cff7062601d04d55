"""Cases: what people do about a borrower that a person has to look at.

    state.py       what is remembered
    deadlines.py   by when somebody has to have seen it, and to have said what it was
    shown.py       what a case shows of ledger, tier, holds and orders that wait
    telling.py     one more line of its history, one more version of its record
    course.py      what time and the cause do to it
    follow.py      how it opens, follows the tier, and ends; start here
    apart.py       the same of the restricted lane
    files.py       the story behind it, for the desk's time axis
    rights.py      who may sign what
    flow.py        what one order makes of one case, or why it is refused
    pairs.py       orders that wait for a second person

Pure, a stage of the step after the triggers (docs/cases.md). Orders come in by
`stream.decide.acting`.
"""
