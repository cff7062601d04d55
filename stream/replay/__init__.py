"""Folding without a worker: the same step, other ends.

tally.py    counts what comes out, and digests the decisions
files.py    folds a file of envelopes, the way it would go through Kafka
journals.py folds the journal of a cluster, partition by partition
"""
