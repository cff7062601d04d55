"""How fit the detectors are, found by the step itself: H06, H07 and H08.

    counts.py    what this partition counts: p-values in tenths, silences, what people have said
    judging.py   what the counts of all partitions come to
    state.py     what is remembered of each detector
    stage.py     what the step, a tick, an answer of crossing and a signed record bring about
    words.py     how it is said

The checks are those of `detectors.drift`; totals over all partitions go the way of a number
(docs/segments.md). A detector that drifts is demoted at one place of the log, and never reset.
"""
