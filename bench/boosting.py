"""The upper mark: a batch gradient boosting over D8's features, trained on other borrowers.

scikit-learn's `HistGradientBoostingClassifier` as it comes, but for its seed. It sees all of the
past at once and may look at it a hundred times, which nothing online may.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from stream.evaluate.numbers import Bools, Floats

SEED, FOLDS = 7, 5


def upper_mark(xs: Sequence[Sequence[float]], is_bad: Bools, *, judged: int) -> Floats:
    """Return a chance of a default for each of the last borrowers.

    Args:
        xs: The features of all, in the order in which they were judged.
        is_bad: What became of them.
        judged: How many are judged: the last ones, by all before them; all, each by four fifths of
            the others, if there are none before.
    """
    with threadpool_limits(1):  # threads that wait for a busy core take a hundred times as long
        return _judged(np.array(xs, dtype=np.float64), is_bad, judged)


def _judged(features: Floats, is_bad: Bools, judged: int) -> Floats:
    learned = len(features) - judged
    if learned:
        model = HistGradientBoostingClassifier(random_state=SEED)
        model.fit(features[:learned], is_bad[:learned])
        return np.asarray(model.predict_proba(features[learned:])[:, 1])
    found = np.zeros(judged)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(features, is_bad):
        model = HistGradientBoostingClassifier(random_state=SEED)
        model.fit(features[train], is_bad[train])
        found[test] = model.predict_proba(features[test])[:, 1]
    return found
