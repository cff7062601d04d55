"""How a life goes: the healthy one, and what can go otherwise.

    base.py      the healthy life, with a hook for each thing that can go otherwise
    debits.py    ... debits fail, a payment is taken back, no more payments come
    accounts.py  ... the payee of the settlements changes
    funds.py     ... takings leave at once, proceeds are misused, transfers cut into pieces
    sales.py     ... sales fall, stop, or one of them is odd
    files.py     ... a file comes wrong, twice, and then corrected
    contacts.py  ... somebody is to be contacted, or is not

A story overrides what goes otherwise, and lists as `facts` what a right set of rules makes of
it. A new one is a class here and an entry in `cases` or in `plots`.
"""
