"""What is handed to the house from outside: events, control records, mended dead letters.

Events come as JSON Lines, one envelope a line, references first (docs/envelope.md), so that a
simulated book, an import and a file that somebody else wrote are played in the same way.

    records.py        what a source says, and how it stands in a file
    simulator/        a made-up book, with planted cases
    imports/          adapters of public data sets
    labels.py         what became of whom, to score warnings with
    play.py           plays a file of events, whoever wrote it
    pace.py           ... on the input clock
    routing.py        ... each line to its topic under its key
    sink.py           ... in Kafka
    keys.py           keys for a trial
    record_feed.py    the compliance feed: reading it, and signing about it
    control_file.py   control records, made and signed as files
    control_topic.py  ... and published
    dead_letters.py   dead letters, read and sent again
"""
