"""Where records come from: the simulator, adapters of data sets, and what plays a file.

They all write and play the same thing: JSON Lines, one envelope a line, references first
(docs/envelope.md). So a simulated book, an import and a file that somebody else wrote go into
Kafka through `produce`, or into `replay`, in the same way.

    records.py     what a source says, and how it stands in a file
    simulator/     a made-up book, with planted cases
    uci_taiwan.py  the adapter of a public data set of card clients
    routing.py     which topic and key a line goes to
    pace.py        the input clock
    produce.py     plays a file into Kafka
"""
