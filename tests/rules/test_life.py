"""The life of warnings, held against what its words say, instant by instant.

The oracle keeps no sinces and no deadlines: it looks at all truths since the beginning, on a grid
on which every instant is asked. The machine is asked only where something changes and at its own
deadlines, and must say the same.
"""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.life import IDLE, Life, Lifetime, Turn, live

LENGTH = 60


def both(one, other):
    return False if False in (one, other) else (None if None in (one, other) else True)


def any_of(truths):
    return True if True in truths else (None if None in truths else False)


def lasted(truths, now, length, first=0):
    """Whether something was true for so long, and has not been false since."""
    return any(
        all(truths[at] is True for at in range(start, max(start + 1, min(start + length, now))))
        and start + length <= now
        and False not in truths[start : now + 1]
        for start in range(first, now + 1)
    )


class Naive:
    """Says what happens at each instant of the grid."""

    def __init__(self, rule, rows):
        self.rule = rule
        rungs = slice(1, 1 + len(rule.tiers))
        self.truths = [[both(row[0], any_of(row[rungs])), *row[1:]] for row in rows]
        self.columns = [list(column) for column in zip(*self.truths, strict=True)]
        self.tier, self.opened, self.quiet, self.log, self.needs = 0, 0, (0, 0), [], []

    def play(self):
        for now in range(len(self.truths)):
            before, turn = self.tier, self.turn(now)
            if turn:
                self.log.append((now, turn, before, self.tier))
        return self.log

    def has_lasted(self, index, now, first=0):
        return lasted(self.columns[index], now, self.rule.lasting_ms[index], first)

    def turn(self, now):
        rule, row = self.rule, self.truths[now]
        met = row[0] is True and self.has_lasted(0, now)
        held = [i for i in range(1, 1 + len(rule.tiers)) if self.has_lasted(i, now)]
        rise = max([rule.tiers[i - 1] for i in held if row[i] is True and met], default=0)
        need = max([rule.tiers[i - 1] for i in held if row[0] is not False], default=0)
        if self.tier and rule.escalate and need and now >= self.opened + rule.escalate[1]:
            need = max(need, rule.escalate[0])
            rise = max(rise, rule.escalate[0])
        self.needs.append(need)
        if not self.tier:
            quiet_until, quiet_tier = self.quiet
            if met and rise and not (now < quiet_until and rise <= quiet_tier):
                self.tier, self.opened, self.needs = rise, now, [need]
                return Turn.OPENED
            return None
        if met and rise > self.tier:
            self.tier = rise
            return Turn.ESCALATED
        if self.over(now):
            self.quiet, self.tier = (now + rule.cooldown_ms, self.tier), 0
            return Turn.CLEARED
        return self.lower(met and need)

    def over(self, now):
        rule, unmet = self.rule, now
        while unmet >= 0 and self.truths[unmet][0] is not True:
            unmet -= 1
        if unmet == now or now < unmet + 1 + rule.keep_ms:
            return False
        if not rule.has_clear:
            return self.truths[now][0] is False
        clear = len(rule.names) - 1
        return self.truths[now][-1] is True and self.has_lasted(clear, now, self.opened)

    def lower(self, may):
        recent = self.needs[-(self.rule.step_down_ms + 1) :]
        whole = len(self.needs) > self.rule.step_down_ms
        enough = [t for t in self.rule.tiers if t < self.tier and max(recent) <= t]
        if not (may and whole and enough):
            return None
        self.tier = min(enough)
        return Turn.STEPPED_DOWN


def machine(rule, rows):
    """Ask the machine where something changes, and at its deadlines."""
    life, deadline, log = IDLE, None, []
    for now, row in enumerate(rows):
        if now and row == rows[now - 1] and now != deadline:
            continue
        before = life.tier
        life, turn, deadline = live(life, rule, row, now)
        assert deadline is None or deadline > now
        life = msgspec.msgpack.decode(msgspec.msgpack.encode(life), type=Life)
        if turn:
            log.append((now, turn, before, life.tier))
    return log


truths = st.sampled_from([True, True, False, False, None])
spans = st.lists(st.tuples(truths, st.integers(1, 9)), min_size=1, max_size=20)
lengths = st.sampled_from([0, 0, 1, 3, 7])


@st.composite
def columns(draw, least=1):
    found = [truth for truth, length in draw(spans) for _ in range(length)]
    return (found * LENGTH)[:LENGTH]


@st.composite
def cases(draw):
    tiers = draw(st.sampled_from([(1,), (2,), (3, 1), (3, 2, 1)]))
    has_clear = draw(st.booleans())
    number = 1 + len(tiers) + has_clear
    rule = Lifetime(
        names=tuple(f"c{index}" for index in range(number)),
        lasting_ms=tuple(draw(lengths) for _ in range(number)),
        tiers=tiers,
        has_clear=has_clear,
        keep_ms=draw(lengths),
        cooldown_ms=draw(lengths),
        step_down_ms=draw(lengths),
        escalate=draw(st.sampled_from([None, (3, 4), (2, 9)])),
    )
    return rule, list(zip(*[draw(columns()) for _ in range(number)], strict=True))


@settings(max_examples=600)
@given(case=cases())
def test_the_machine_says_what_the_words_say(case):
    rule, rows = case
    assert machine(rule, rows) == Naive(rule, rows).play()


@given(case=cases())
def test_being_asked_more_often_changes_nothing(case):
    rule, rows = case
    life, log = IDLE, []
    for now, row in enumerate(rows):
        before = life.tier
        life, turn, _ = live(life, rule, row, now)
        if turn:
            log.append((now, turn, before, life.tier))
    assert log == machine(rule, rows)


@given(case=cases())
def test_unknown_does_nothing(case):
    """Once nothing is known any more, no warning opens, moves or clears."""
    rule, rows = case
    unknown = [(None,) * len(rule.names)] * LENGTH
    assert all(now < len(rows) for now, *_ in machine(rule, rows + unknown))


def one(**clauses):
    return Lifetime(names=("when", "mild"), lasting_ms=(0, 0), tiers=(1,), **clauses)


def test_nothing_is_remembered_of_what_is_not_so():
    assert live(IDLE, one(), (False, False), 5).life == IDLE
    assert live(Life(quiet_until_ms=4, quiet_tier=1), one(), (False, True), 5).life == Life(
        since_ms={"mild": 5}
    )


@pytest.mark.parametrize(
    ("seconds", "turn"),
    [(0, None), (86_399, None), (86_400, Turn.OPENED), (86_401, Turn.OPENED)],
)
def test_held_for_a_day_means_held(seconds, turn):
    """Asked twice a day apart is not enough if it was false in between, asked once is."""
    rule = Lifetime(("when", "mild"), (86_400_000, 0), (1,))
    pending = live(IDLE, rule, (True, True), 0)
    assert pending.deadline_ms == 86_400_000
    assert live(pending.life, rule, (True, True), seconds * 1000).turn is turn

    broken = live(pending.life, rule, (False, True), 40_000_000).life
    assert live(broken, rule, (True, True), 86_400_000).turn is None


def test_an_edited_condition_begins_anew_and_the_others_go_on():
    before = live(IDLE, Lifetime(("when", "a"), (0, 5), (1,)), (True, True), 0)
    after = live(before.life, Lifetime(("when", "b"), (0, 5), (1,)), (True, True), 3)

    assert after.life.since_ms == {"when": 0, "b": 3}
    assert after.deadline_ms == 8
