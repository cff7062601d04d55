"""Collection triggers: what follows from a tier, what stands in its way, what is told of it.

    plan.py       what is intended, from ledger and tier
    levels.py     how much of a tier may lead to contacts
    asking.py     what the guards may know; ask.py is the question, guards/ are the answers
    windows.py    hours in all zones, and how what waited for them is let go
    life.py       propose, put off, suppress, retract; start here
    ending.py     how a trigger ends, and when amends are needed
    records.py    what is told, words.py in which words
    notes.py      what events, contracts and contact states leave behind for the guards
    breaches.py   permits and outcomes, and contacts without leave
    orders.py     what operators sign
    state.py      what is remembered
    profiles.py   the conduct profiles, as data

Pure, a stage of the step after the tier (docs/collections.md).
"""
