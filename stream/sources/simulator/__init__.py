"""The simulator: a made-up book of small merchants, healthy but for what is planted.

    merchants.py   who they are and what they owe
    calendar.py    business days and festivals, from data
    trading.py     how much they sell: within bounds, or as wildly as the false-alarm study has it
    shop.py        sales, refunds and their settlement, day by day
    references.py  what must be known of them before their first event
    stories/       how a life goes: the healthy one, and what can go otherwise
    cases.py       the stories of a usual book, and where in a life they fit
    casting.py     how a story finds its place
    plots.py       the stories that are asked for by name, and what must come of them
    incidents.py   those of them that are nobody's in particular
    feeds.py       feeds that are dead for a time, or keep a part back
    truth.py       what is true at the end of each day, to compare a ledger with
    life.py        one merchant's day: the shop, the debits, the account
    declared.py    what the lender declares of this world: its feeds, its calendar
    book.py        all of them: references, then one day after the other, and the planted list

Deterministic: the same seed gives the same bytes. Nothing here is fitted to anybody's data, and
nothing learned from it says how good a rule is on real borrowers.
"""
