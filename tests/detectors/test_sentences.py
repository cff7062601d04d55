"""Sentences: golden ones of each detector, in both languages, from scores that were made."""
# ruff: noqa: RUF001 - Chinese has a punctuation of its own

import pytest

from detectors import AMOUNT, CADENCE, CUSUM, DETECTORS, FLOW, MIX, SHORTFALL, Observation
from detectors.evidence import NOTHING, VOICES, combined, learn
from detectors.sentences import _SAID, STREAMS, say, say_combined
from detectors.sentences import VOICES as WORDS

DAY_MS = 86_400_000


def why(detector, x, stream="settlement"):
    """What a detector says of `x` after forty quiet days."""
    row = detector.init(detector.default_prior)
    for day in range(40):
        quiet = Observation(stream, day * DAY_MS, 86_250 + day % 5 * 2_000, 2, 7, is_short=False)
        row = detector.learn_one(row, quiet, detector.score_one(row, quiet))
    return detector.explain(x, detector.score_one(row, x)), row


def test_a_gap_in_both_languages():
    found = say(why(CADENCE, Observation("settlement", 46 * DAY_MS, 100, 2))[0])

    assert found.en.startswith("settlements: 7.0 days after the one before, usual 24 hours (")
    assert ", after 40 events; 1 in " in found.en
    assert found.zh.startswith("结算入账：距上一笔7.0天，通常24小时（")
    assert "已观察40笔" in found.zh


def test_silence_speaks_under_its_own_name():
    explained, row = why(CADENCE, Observation("settlement", 40 * DAY_MS, 100, 2))
    tick = CADENCE.tick(row, "settlement", 44 * DAY_MS)
    found = say(
        CADENCE.explain(Observation("settlement", 44 * DAY_MS, 0, 2), tick), voice="silence"
    )

    assert found.en.startswith("settlements: nothing for 5.0 days, usual 24 hours (")
    assert found.zh.startswith("结算入账：已有5.0天无记录，")
    assert explained.unit == "hours"


@pytest.mark.parametrize(
    ("currency", "exponent", "seen"),
    [("CNY", 2, "120.00 CNY"), ("JPY", 0, "12,000.00 JPY"), ("KWD", 3, "12.00 KWD")],
)
def test_amounts_are_said_in_major_units_of_their_currency(currency, exponent, seen):
    explained, _ = why(AMOUNT, Observation("settlement", 40 * DAY_MS, 12_000, 2))

    assert say(explained, currency=currency).en.startswith(
        f"settlements: an amount of {seen}, usual "
    )


@pytest.mark.parametrize(
    ("detector", "x", "stream", "en", "zh"),
    [
        pytest.param(
            CUSUM,
            Observation("settlement", 40 * DAY_MS, 20_000, 2),
            "settlement",
            "amounts have fallen by 2.2 scales in sum, usual up to 3.7 scales",
            "金额累计下降",
            id="fall",
        ),
        pytest.param(
            SHORTFALL,
            Observation("repayment", 40 * DAY_MS, 20_000, 2, is_short=True),
            "repayment",
            "of instalments short or late, usual 5 % (0 to ",
            "的还款不足或逾期，通常5%（0至",
            id="short",
        ),
        pytest.param(
            MIX,
            Observation("settlement", 40 * DAY_MS, 20_000, 2, 123_456),
            "settlement",
            "of events have this counterparty, channel and hour, usual ",
            "此类交易对手、渠道和时段占",
            id="mix",
        ),
    ],
)
def test_the_others_say_their_own_numbers(detector, x, stream, en, zh):
    found = say(why(detector, x, stream)[0])

    assert en in found.en
    assert zh in found.zh
    assert "after 40 events" in found.en


def test_a_flow_says_how_much_is_left():
    _, row = why(FLOW, Observation("settlement", 40 * DAY_MS, 100, 2))
    tick = FLOW.tick(row, "settlement", 55 * DAY_MS)
    found = say(FLOW.explain(Observation("settlement", 55 * DAY_MS, 0, 2), tick))

    assert " % of what came in the last months, usual 100 % (47.2 to 212 %)" in found.en
    assert "近日入账为近月水平的" in found.zh


def test_what_is_not_rare_is_said_to_be_not():
    found = say(why(AMOUNT, Observation("settlement", 40 * DAY_MS, 90_000, 2))[0], currency="CNY")

    assert found.en.endswith("not unusual")
    assert found.zh.endswith("并不罕见")


def test_absurd_odds_are_not_counted_out():
    explained, _ = why(AMOUNT, Observation("settlement", 40 * DAY_MS, 1, 2))

    assert say(explained._replace(p_value=1e-40)).en.endswith("1 in > 1,000,000,000")


def test_the_parts_of_all_evidence_are_named_greatest_first():
    row = learn(NOTHING, 0, {"silence": 1e-6, "flow": 1e-3, "amount": 0.4})
    found = say_combined(combined(row, 0))

    assert found.en == (
        "evidence 16.3: silence 45 %, less coming in 24 %, unusual gaps 6 %, others 24 %"
    )
    assert found.zh == "证据16.3：沉默45%，入账减少24%，间隔异常6%，其他24%"


def test_every_voice_and_stream_has_words_in_both_languages():
    assert set(WORDS) == set(VOICES) == {*_SAID, "novelty"}
    assert set(_SAID) == {*DETECTORS, "silence"}
    assert set(STREAMS) == {stream for each in DETECTORS.values() for stream in each.streams}
