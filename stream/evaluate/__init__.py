"""How good the warnings are, measured against labels that no rule has seen.

    window.py      when what is said of a borrower counts
    watch.py       who was warned of, by what, how high, when: from what the fold says
    detectors.py   what the detectors said of every event, warned of or not
    numbers.py     recall, false alarms, precision, AUC, rate, lead: of weighted borrowers
    bootstrap.py   ... and how sure they are
    fold.py        folds a file with a rule set, and checks that nothing looks ahead
    report.py      all of it, for one file and its labels

Scoring is apart from folding: `numbers` and `bootstrap` know arrays and nothing of warnings.
docs/evaluation.md says how to read what comes out.
"""
