"""How fit the models are, found by the step itself: H06 to H09.

    counts.py    what this partition counts: p-values in tenths, silences, what people have said
    shares.py    what people have said by the borrower's region, size and segment
    judging.py   what the counts of all partitions come to
    cohorts.py   H09: what D8's chances fit
    state.py     what is remembered of each model
    stage.py     what the step, a tick, an answer of crossing and a signed record bring about
    telling.py   what is told of that
    words.py     how it is said

The checks are those of `detectors.drift`; totals over all partitions go the way of a number
(docs/segments.md). A model that drifts is demoted at one place of the log, and never reset.
"""
