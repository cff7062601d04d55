"""What detectors have said of many borrowers, and what it makes of what they say of one.

    tallies.py     what this partition's detectors have said, counted
    telling.py     to crossing: all of it, once a day
    beliefs.py     what follows from crossing's answers: calibrators, D7's reference, D3's peers
    lanes.py       M's lanes: budgets, and a control for each segment
    notes.py       what M remembers of one borrower
    looks.py       a borrower once a day: silence, flow, instalments, novelty, M
    noticing.py    M's warnings, where it is in force
    state.py       all that a partition knows of it
    stage.py       these, as step and book fold records

A borrower's evidence depends on its own records and on crossing's answers, which every partition
has alike. Rules that name one detector are told what `stream.decide.heard` says, not this.
"""
