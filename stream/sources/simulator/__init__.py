"""The simulator: a made-up book of small merchants, healthy but for what is planted.

    merchants.py   who they are, how they sell, what they owe
    references.py  what must be known of them before their first event
    stories.py     how a life goes: the healthy one, and what can go otherwise
    cases.py       which stories are planted, and in whose life
    shop.py        sales, refunds and their settlement, day by day
    life.py        one merchant's day: the shop, the debits, the account
    book.py        all of them: references, then one day after the other, and the planted list

Deterministic: the same seed gives the same bytes. Nothing here is fitted to anybody's data, and
nothing learned from it says how good a rule is on real borrowers.
"""
