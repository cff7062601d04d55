"""The models of a partition: what is in force, what is stored, what is not to be trusted."""

from base64 import b64encode
from datetime import date
from math import nan

import msgspec
import pytest

from detectors.ews import POSITIVES_LEAST, Ews
from detectors.features import NAMES
from detectors.judgement import Chances, Example, read, told
from detectors.outcomes import area
from schemas import journal
from schemas.control import CalibrationRow, DetectorBody, Standing
from schemas.journal import EwsExamples
from stream.decide.ews.champion import ChampionError, champion_of, check_champion
from stream.decide.ews.counts import KEPT
from stream.decide.ews.rhythm import EVERY_DAYS
from stream.decide.ews.state import MODEL, EwsState, Learned
from stream.decide.heard import StandingError, check
from tests.decide.ews.world import Lender, folded, judged, models, ms, ordinal, portfolio

DAY = date(2026, 6, 1)
X = tuple(0.25 * n for n in range(len(NAMES)))

OF_D8 = {"learned-models", "crossings", "models"}


def learned(positives=POSITIVES_LEAST, seed=0):
    ews = Ews()
    for n in range(3 * positives):
        ews.learn_one(tuple(each + (n * 7 + seed) % 11 for each in X), is_bad=n % 3 == 0)
    return ews


def body(row=None, standing=Standing.IN_FORCE, version=1, **how):
    text = b64encode(row).decode() if row is not None else None
    return DetectorBody(detector="ews", version=version, standing=standing, row=text, **how)


def examples(*of, day=DAY, rounds=None, part=0, parts=1):
    texts = tuple(f"{n:016x}{told(each)}" for n, each in enumerate(of))
    return EwsExamples(
        version=day.toordinal(),
        day=day,
        at_ms=0,
        part=part,
        parts=parts,
        rounds=rounds or {day: texts},
    )


def example(is_bad, x=X, model=0, champion=100_000, challenger=200_000):
    return Example(is_bad, Chances(model, champion, challenger), x)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        pytest.param(body(), "row of `ews`: expected a record of", id="without a model"),
        pytest.param(body(b"junk"), "row of `ews`: expected a record of", id="no model"),
        pytest.param(body(Ews().row), "learned 50 bad outcomes, got 0", id="too young"),
        pytest.param(body(learned().row, version=2), "expected version 1", id="another version"),
        pytest.param(
            body(learned().row, standing=Standing.SHADOW), "expected no `row`", id="in shadow"
        ),
        pytest.param(
            body(
                learned().row,
                calibration=(CalibrationRow(segment="default", aged=True, row="AAAA"),),
            ),
            "expected no calibration",
            id="with a calibration",
        ),
    ],
)
def test_a_record_that_cannot_be_taken(record, message):
    with pytest.raises(ChampionError, match=message):
        check_champion(record)


@pytest.mark.parametrize(
    "record",
    [None, body(b"junk"), body(learned().row, version=2), body(standing=Standing.SHADOW)],
)
def test_what_does_not_fit_this_engine_counts_as_none(record):
    assert champion_of(record).mark == 0
    assert not champion_of(record).model.is_learned


def test_a_row_is_of_d8_alone():
    with pytest.raises(StandingError, match="expected no `row`"):
        check({}, DetectorBody(detector="mix", version=1, standing=Standing.SHADOW, row="AAAA"))


def test_the_model_in_force_is_the_one_that_was_signed_and_does_not_learn():
    state, row = EwsState(), learned().row
    state.govern(body(row))
    state.learn(examples(*[example(is_bad=True)] * 9))

    assert state.champion.row == row
    assert state.mark == champion_of(body(row)).mark != 0
    assert state.challenger.positives == 9


def test_without_a_record_the_formula_speaks():
    state = EwsState()

    assert state.mark == 0
    assert not state.champion.is_learned


def test_a_signed_record_reaches_the_judgements(trial):
    """Nothing else is told: the decisions are the same but for that of the record."""
    lender = portfolio(6, 120)
    row, log = learned().row, trial.Log()
    log.records = lender.written()[:1]
    log.controls = 1
    log.control(body(row))
    with_model = [*log.records, *lender.written()[1:]]
    cluster, plain = folded(with_model), folded(lender.written())
    names = [f"brw_{n:03}" for n in range(6)]

    rows = [each for of in judged(cluster, names).values() for each in of]
    assert models(cluster)[0].champion.row == row
    assert {read(each).chances.model for each in rows} == {champion_of(body(row)).mark}
    assert judged(cluster, names) != judged(plain, names)
    decided = [
        [each for each in of.outputs if each.key != b"control" and each.topic not in OF_D8]
        for of in (cluster, plain)
    ]
    assert decided[0] == decided[1]
    assert {each.topic for each in cluster.outputs} > OF_D8


# --- learning


def test_a_round_waits_for_all_of_its_parts_and_is_learned_in_their_order():
    one, two = example(is_bad=True), example(is_bad=False, x=X[::-1])
    parts = [examples(one, part=0, parts=2), examples(two, part=1, parts=2)]
    state, other, straight = EwsState(), EwsState(), Ews()
    for part in parts:
        state.learn(part)
    other.learn(parts[1])
    assert other.challenger.row == straight.row
    other.learn(parts[0])
    for each in (one, two):
        straight.learn_one(each.x, is_bad=each.is_bad)

    assert state.challenger.row == other.challenger.row == straight.row


def test_a_round_of_which_a_part_never_came_gives_way_to_the_next():
    state = EwsState()
    state.learn(examples(example(is_bad=True), parts=2))
    later = date(2026, 6, 2)
    texts = tuple(examples(example(is_bad=True)).rounds[DAY])
    state.learn(examples(day=later, rounds={DAY: texts, later: texts}))
    state.learn(examples(example(is_bad=True), part=1, parts=2))

    assert (state.learned, state.challenger.n) == (later.toordinal(), 2)


def test_parts_of_two_rounds_are_never_taken_for_one():
    state, later = EwsState(), date(2026, 6, 2)
    state.learn(examples(example(is_bad=True), part=1, parts=2))
    state.learn(examples(example(is_bad=True), day=later, part=0, parts=2))
    assert state.learned == 0
    state.learn(examples(example(is_bad=True), day=later, part=1, parts=2))

    assert (state.learned, state.challenger.n) == (later.toordinal(), 2)


def test_nobody_is_visited_before_the_files_of_the_day_before_are_here():
    lender = Lender().loan("brw_1")
    for hour in (7, 8):
        tick = journal.Tick(input_at_ms=ms(3, hour, 59), wall_at_ms=ms(3, hour, 59))
        lender.at(3, hour, journal.TICK_KEY, tick)
    assert models(folded(lender.written()))[0].visited is None

    tick = journal.Tick(input_at_ms=ms(3, 9), wall_at_ms=ms(3, 9))
    lender.at(3, 9, journal.TICK_KEY, tick)
    assert models(folded(lender.written()))[0].visited == ordinal(3)


def test_what_cannot_be_trusted_is_not_learned():
    state = EwsState()
    state.learn(examples(rounds={DAY: ("0" * 16 + "junk", "0" * 16 + "AAAA")}))

    assert (state.learned, state.challenger.n) == (DAY.toordinal(), 0)


def test_evidence_that_cannot_be_trusted_makes_no_judgement():
    lender = Lender().loan("brw_1").days(40)
    cluster = folded(lender.written()[:20])
    cluster.borrower("brw_1").models["evidence"] = b"broken"
    cluster.borrower("brw_1").judged.clear()
    cluster.fold(lender.written()[20:])

    assert judged(cluster, ["brw_1"]) == {"brw_1": []}


def test_a_judgement_of_another_version_is_dropped():
    lender = Lender().loan("brw_1").days(200)
    cluster = folded(lender.written()[:30])
    cluster.borrower("brw_1").judged[:] = [b"\xd7\x6b\x09\x01"]
    cluster.fold(lender.written()[30:])

    assert all(len(row) > 4 for row in cluster.borrower("brw_1").judged)


# --- storing


def stored(state):
    return dict(state.store())


def restored(records):
    state = EwsState()
    for key, value in records.items():
        assert state.restore(key, value)
    return state


def test_what_is_stored_is_what_is_known():
    state = EwsState()
    state.matured(700_000, {0: ["a"], 1: []})
    state.learn(examples(example(is_bad=True), example(is_bad=False)))
    state.learn(examples(example(is_bad=True), day=date(2026, 6, 9), parts=2))
    again = restored(records := stored(state))

    assert stored(state) == {}
    assert (again.learned, again.visited, again.told) == (state.learned, 700_000, state.told)
    assert again.challenger.row == state.challenger.row
    assert again.counts.weeks == state.counts.weeks
    again.learn(examples(example(is_bad=True), day=date(2026, 6, 9), part=1, parts=2))
    assert again.learned == date(2026, 6, 9).toordinal()
    assert restored(records | stored(again)).learned == again.learned


def test_old_rounds_are_forgotten_and_stored_as_gone():
    state = EwsState()
    for day in range(5):
        state.matured(700_000 + day, {0: [str(day)]})

    assert sorted(state.told) == [700_002, 700_003, 700_004]
    assert [key for key, value in stored(state).items() if value is None] == [
        b"#ews/told/700000/0",
        b"#ews/told/700001/0",
    ]


def test_a_model_of_another_version_learns_anew():
    state = restored({MODEL: msgspec.msgpack.encode(Learned(700_000, b"\xd7\x08\x02\x01"))})

    assert (state.learned, state.challenger.row) == (700_000, Ews().row)


def test_counts_are_of_a_year_and_by_the_model_of_the_time():
    state, first = EwsState(), DAY.toordinal() // EVERY_DAYS * EVERY_DAYS
    for n in range(KEPT + 2):
        day = date.fromordinal(first + n * EVERY_DAYS)
        state.learn(examples(example(is_bad=n % 2 == 0, model=n % 2, champion=n), day=day))
    weeks = state.counts.weeks

    assert len(weeks) == KEPT
    assert sorted(weeks) == [first // EVERY_DAYS + n for n in range(2, KEPT + 2)]
    assert {next(iter(of)) for of in weeks.values()} == {0, 1}
    gone = {key for key, value in stored(state).items() if value is None}
    assert len({key for key in gone if key.startswith(b"#ews/counts/")}) == 2


def test_a_number_that_is_none_is_refused_before_it_is_told():
    with pytest.raises(ValueError, match="expected `late0`"):
        told(example(is_bad=True, x=(nan, *X[1:])))


def test_nothing_is_said_without_good_and_bad():
    assert area({}) is None
