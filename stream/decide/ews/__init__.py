"""D8 in the step, in shadow: judged every four weeks, learned from what has matured.

    rhythm.py      on which day a borrower is judged, and when that has matured
    features.py    what is known of a borrower, as D8 sees it
    outcome.py     what became of a borrower that was judged
    visit.py       one borrower on its day: what has matured is told, and it is judged anew
    champion.py    the model in force, which a signed record carries
    counts.py      what each model would have said, by what came
    telling.py     what the model that learns has come to, for people
    state.py       all that a partition knows: the model that learns, examples told and held
    stage.py       these, as the book folds ticks and what crossing answers

    borrower    judged ── 84 days ──> matured
                                         | told with all others of the round, in lanes
    crossings                         ews_told       (every partition, every round)
                                         | put in one order when all partitions have told
    journal                           ews_examples   (into every partition)
                                         |
    step                              learned, in that order: the same row in every partition

No rule, tier or action reads any of it.
"""
