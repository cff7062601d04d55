"""What a record of the output topics changes in the desk's read model.

    writes.py     the changes, as data
    people.py     cases, their orders and what the figures are made of
    evidence.py   warnings, tiers, triggers, the story behind a case
    foresight.py  what tells how well the watch foresees
    watch.py      the watch itself: health, progress of the feeds, decisions, what governs
    project.py    one record of one topic: its changes

Pure: record in, changes out. Every change says which version it is of, so that the order in which
records of different keys come, and how often, does not matter; `stream.roles.desk_feed` does them.
"""
