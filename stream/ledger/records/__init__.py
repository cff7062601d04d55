"""What the ledger remembers: terms, schedule versions and facts, exactly as they are stored.

    days.py       instants to local days, cut-offs and back
    terms.py      what the contract says
    versions.py   what is due when, version by version
    facts.py      what was paid, taken back, charged, waived and ended
    reading.py    an event of the repayment stream as a fact
    doubt.py      what is well formed and yet cannot be true
    state.py      one loan's record, and its codec

Nothing here adds up: what follows from the records is `stream.ledger.account`'s.
"""
