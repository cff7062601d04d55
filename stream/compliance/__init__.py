"""The fold of decisions into the compliance feed: one sequence over all partitions.

Pure: time, keys and randomness come in as arguments. The role around it, which reads Kafka and
makes it exactly once, is `stream.roles.compliance`.

    fold.py         one record in, what is to be written out; state, restore and changes
    state.py        what is remembered, as stored records
    log.py          the sequence: place, leaf, chain of the subject, signed heads
    pseudonyms.py   tokens of the streams become tokens of this feed
    kinds.py        legal basis and disclosure of each kind, from data (kinds.toml)
    drafts.py       what a decision becomes: tier changes, triggers, controls, the tie-out
    days.py         what is added up over all partitions when each has closed a day; months.py
    held.py         what goes out only when a person has said so
    actions.py      what people sign: releases, acknowledgements, erasures, incidents
    export.py       the feed as files, and the manifest of a day
    pack.py         what was known of one borrower at an instant; page.py, the same for people
"""
