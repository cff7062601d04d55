"""What follows from a loan's record: what fell due, what is paid, what is open since when.

    netting.py     what is left of each movement after returns, and returns of returns
    account.py     the obligations and their rests, and money kept aside
    waterfall.py   how a payment is spread over what is due
    schedules.py   how a schedule version changes the obligations
    entries.py     the record as a row of entries, in the order in which they count
    course.py      the account after all entries up to a day, and what is held back in doubt
    probation.py   how long a forborne loan is watched
    profiles.py    floors of tier and class by days past due, as data

The account is a function of the record and a day, and nothing else: it does not depend on the
order in which the records came.
"""
