"""The number of alerts that was stated, whatever the scores; and a wave that is told of."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.codec import RecordError
from detectors.control import GAIN, V_LEAST, V_MOST, Control, Strain, share_of


def fed(control, scores):
    for v in scores:
        control.learn_one(v)
    return control


def exponential(count, seed, *, scale=1.0):
    rng = random.Random(seed)
    return [scale * rng.expovariate(1.0) for _ in range(count)]


@given(
    st.floats(1e-3, 0.05),
    st.lists(st.floats(0.0, 100.0), min_size=1, max_size=400),
)
def test_the_share_of_alerts_is_at_most_the_stated_one_up_to_a_bound_whatever_comes(share, scores):
    """Of any sequence at all, also one that is made to deceive it."""
    control = fed(Control(share), scores)
    step = GAIN * (1 - share) / math.sqrt(share * (1 - share))
    bound = (V_MOST + step) * math.sqrt(share * (1 - share)) / (GAIN * len(scores))

    assert control.alerts / control.scores - share <= bound
    assert V_LEAST <= control.threshold <= V_MOST


@pytest.mark.parametrize("share", [1e-2, 1e-3])
@pytest.mark.parametrize("scale", [0.9, 1.0, 2.0], ids=["too cautious", "right", "too bold"])
def test_its_rate_is_the_stated_one_also_where_p_values_are_wrong(share, scale):
    """detectors.md 6: within 5 per cent in the long run."""
    control = fed(Control(share), exponential(400_000, 3, scale=scale))

    assert control.alerts / control.scores / share == pytest.approx(1.0, abs=0.05)


def test_a_steady_segment_is_never_under_strain():
    for seed in range(4):
        control = Control(1e-2)
        strains = set()
        for v in exponential(100_000, seed):
            control.learn_one(v)
            strains.add(control.strain)
        assert strains == {Strain.NONE}


def test_a_wave_is_told_of_and_its_end_too():
    """A fifth of a segment's scores are far out: the desk gets no more alerts, and a word of it."""
    rng, control = random.Random(5), fed(Control(1e-2), exponential(20_000, 5))
    wave = (rng.expovariate(1.0) + 8.0 * (rng.random() < 0.2) for _ in range(1_000))
    assert any(fed(control, [v]).strain is Strain.STRESS for v in wave)

    fed(control, exponential(20_000, 6))
    assert control.strain is Strain.NONE


def test_p_values_that_never_get_small_put_it_to_sleep():
    assert fed(Control(1e-2), exponential(50_000, 7, scale=0.2)).strain is Strain.SLEEP


def test_asking_changes_nothing():
    control = Control(1e-2)
    before = control.row

    assert control.is_alert(9.0)
    assert control.row == before


@given(st.lists(st.floats(0.0, 30.0), max_size=60), st.integers(0, 60))
def test_it_goes_on_from_its_row_to_the_last_bit(scores, cut):
    whole = fed(Control(0.01), scores)
    half = fed(Control(0.01), scores[:cut])

    assert fed(Control(0.01, half.row), scores[cut:]).row == whole.row


@pytest.mark.parametrize("v", [math.nan, math.inf, -math.inf, -0.1])
def test_what_is_no_score_is_not_learned(v):
    control = Control(0.01)
    before = control.row
    control.learn_one(v)

    assert control.row == before


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"", "length"),
        (Control(0.01).row[:-1], "length"),
        (Control(0.01).row[:2] + b"\x09" + Control(0.01).row[3:], "version"),
        (Control(0.01).row[:4] + b"\xff" * 8 + Control(0.01).row[12:], "value"),
    ],
)
def test_a_row_that_cannot_be_trusted_is_refused(row, reason):
    with pytest.raises(RecordError) as caught:
        Control(0.01, row)
    assert caught.value.reason == reason


@pytest.mark.parametrize("share", [0.0, -1.0, 0.06, math.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="expected a share"):
        Control(share)


@given(st.floats(1e-9, 1e9), st.integers(0, 10**7), st.floats(0.01, 100))
def test_a_desks_capacity_is_always_a_share(alerts, borrowers, looks):
    share = share_of(alerts_a_month=alerts, borrowers=borrowers, looks_a_month=looks)

    assert Control(share).share == share


def test_a_voice_that_says_nothing_of_anybody_never_alerts():
    control = fed(Control(0.01), [0.0] * 5_000)

    assert control.alerts == 0
    assert control.strain is Strain.SLEEP
