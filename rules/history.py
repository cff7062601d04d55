"""What of the windows changes once a day, apart from what changes with every event.

    split   windows -> what is written at every checkpoint, and what only when it has changed
    join    the two together again

The packed days of long series (`rules.daily`) are most of what is kept of a borrower and hardly
ever change; so they are a record of their own.
"""

from typing import Any, Final

from rules.daily import PACKED
from rules.features import KIND, SERIES, Windows

PACKED_KIND: Final = "days daily"

History = dict[str, dict[str, bytes]]
"""Packed days, by fingerprint and key."""


def split(windows: Windows) -> tuple[Windows, History]:
    """Return the windows without their packed days, and these; changes nothing.

    Examples:
        >>> state = [0, 0, {"": [b"packed", 7, [[8, 1, 100]]]}, {}, -1, "days daily"]
        >>> hot, history = split({"fp": state})
        >>> hot["fp"][2], history
        ({'': [b'', 7, [[8, 1, 100]]]}, {'fp': {'': b'packed'}})
        >>> join(hot, history) == {"fp": state}
        True
    """
    hot, history = dict(windows), History()
    for name, state in windows.items():
        if state[KIND] == PACKED_KIND:
            packed = {key: series[PACKED] for key, series in state[SERIES].items()}
            history[name] = {key: each for key, each in packed.items() if each}
            hot[name] = _with(state, dict.fromkeys(packed, b""))
    return hot, {name: each for name, each in history.items() if each}


def join(hot: Windows, history: History) -> Windows:
    """Return the windows of which `split` made these."""
    whole = dict(hot)
    for name, packed in history.items():
        if name in hot:
            whole[name] = _with(hot[name], packed)
    return whole


def _with(state: list[Any], packed: dict[str, bytes]) -> list[Any]:
    series = dict(state[SERIES])
    for key, each in packed.items():
        if key in series:
            series[key] = [each, *series[key][PACKED + 1 :]]
    return [*state[:SERIES], series, *state[SERIES + 1 :]]
