"""From the ledger to facts; the oracle of the payments are the ledger's own vectors."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from stream.decide.tiers.facts import ROUTINE, Facts, Payments
from stream.decide.tiers.owed import facts_of
from stream.decide.tiers.policy import DEFAULT
from stream.decide.tiers.scene import Scene
from stream.decide.tiers.state import Rung, TierState
from stream.decide.tiers.wait import wait_of
from stream.ledger.records.days import start_ms
from tests.ledger import wire
from tests.ledger.reading import cases, parse
from tests.ledger.story import Player

HASTY = replace(DEFAULT, fall=replace(DEFAULT.fall, clear_days=(1, 1, 1)))
"""Here it is the payments that are asked for, not the days."""

ALLOWING = [case for case in cases() if any(line.words[0] == "allow" for line in case.lines)]


class Waiting(Player):
    """Answers `allow` by the wait of a rung that has been clear for long enough since the day."""

    def _allow(self, line):
        day, told = line.words[1:]
        zone = self.loans["ln_1"].zone
        self._view("ln_1", day)
        since_ms = start_ms(date.fromisoformat(line.options["since"]).toordinal(), zone)
        facts = facts_of(self.ledger, self._times()).get("default", Facts())
        tier = int(line.options["tier"])
        rung = Rung(since_ms=0, hard=True, clear_ms=since_ms)
        scene = Scene(
            TierState(), facts, ROUTINE, covered=True, blinds=(), now_ms=self.now_ms, policy=HASTY
        )

        wait = wait_of((rung,) * tier, 0, scene)

        allows = facts.floor < tier and wait.over
        assert told == ("yes" if allows else "no"), f"{line.place}: {line.text}"


@pytest.mark.parametrize("case", [pytest.param(c, id=c.title) for c in ALLOWING])
def test_the_wait_allows_what_was_worked_out_by_hand(case):
    player = Waiting()

    for line in case.lines:
        player.play(line)


def story(*lines):
    """A player to whom these lines have happened."""
    player = Player()
    case = parse("== a story\n" + "\n".join(lines))
    for line in case.lines:
        player.play(line)
    return player


def facts_on(player, day, zone="Asia/Shanghai"):
    player.now_ms = wire.at_ms(day, "23:59", ZoneInfo(zone))
    player.ledger.roll(player._times())
    return facts_of(player.ledger, player._times())


def ms(day, zone="Asia/Shanghai"):
    return wire.at_ms(day, "00:00", ZoneInfo(zone))


MONTHLY = ("loan principal=6000", "schedule 1", "  1..6  2026-02-10  +1m  1000")


def test_a_loan_that_is_paid_as_agreed(kit):
    player = story(*MONTHLY, "pay 2026-02-10 10:00 1000", "pay 2026-03-10 10:00 1000")

    facts = facts_on(player, "2026-03-20")

    assert facts == {
        "default": Facts(
            disbursed_ms=ms("2026-01-01"),
            next_due_ms=ms("2026-04-10"),
            loans=(
                Payments(
                    last_due_ms=ms("2026-03-10"),
                    on_time_due_ms=(ms("2026-03-10"), ms("2026-02-10")),
                    interval_days=30,
                ),
            ),
        )
    }


@pytest.mark.parametrize(
    ("day", "floor", "dpd"),
    [
        pytest.param("2026-02-10", 0, 0, id="the due day"),
        pytest.param("2026-02-11", 1, 1, id="a day late"),
        pytest.param("2026-02-14", 2, 4, id="four"),
        pytest.param("2026-03-12", 3, 30, id="thirty"),
    ],
)
def test_a_loan_that_is_not_paid(day, floor, dpd):
    facts = facts_on(story(*MONTHLY), day)["default"]

    assert (facts.floor, facts.dpd) == (floor, dpd)
    assert facts.loans[0].on_time_due_ms == ()


@pytest.mark.parametrize(
    ("paid", "row"),
    [
        pytest.param(["02-10", "03-10", "04-10"], ["04-10", "03-10", "02-10"], id="all on time"),
        pytest.param(["02-10", "03-15", "04-10"], ["04-10"], id="a late one ends the row"),
        pytest.param(["02-10", "03-10", "04-15"], [], id="the last one was late"),
    ],
)
def test_the_row_of_instalments_on_time(paid, row):
    player = story(*MONTHLY, *(f"pay 2026-{day} 10:00 1000" for day in paid))

    facts = facts_on(player, "2026-04-20")["default"]

    assert facts.loans[0].on_time_due_ms == tuple(ms(f"2026-{day}") for day in row)


def test_an_instalment_in_its_grace_neither_counts_nor_ends_the_row():
    player = story(
        "loan principal=3000",
        "schedule 1",
        "  1..3  2026-02-10  +1m  1000  grace=5",
        "pay 2026-02-10 10:00 1000",
    )

    in_grace = facts_on(player, "2026-03-14")["default"].loans[0]
    after = facts_on(player, "2026-03-16")["default"].loans[0]

    assert in_grace.on_time_due_ms == (ms("2026-02-10"),)
    assert in_grace.last_due_ms == ms("2026-03-10")
    assert after.on_time_due_ms == ()


@pytest.mark.parametrize("paid", [[], ["pay 2026-03-30 10:00 9"]])
def test_an_instalment_of_no_more_than_the_residue_counts_as_paid_when_it_fell_due(paid):
    player = story(
        "loan principal=3009",
        "schedule 1",
        "  1  2026-02-10  1000",
        "  2  2026-03-10  9",
        "  3  2026-06-10  2000",
        "pay 2026-02-10 10:00 1000",
        *paid,
    )

    facts = facts_on(player, "2026-04-20")["default"]

    assert facts.loans[0].on_time_due_ms == (ms("2026-03-10"), ms("2026-02-10"))
    assert facts.left_ms == (-1, -1, -1)


def test_loans_that_are_over_or_cannot_be_counted_say_nothing():
    player = story(
        "loan id=ln_1 principal=1000",
        "schedule 1 loan=ln_1",
        "  1  2026-02-10  1000",
        "pay 2026-02-10 10:00 1000 loan=ln_1",
        "loan id=ln_2 principal=1000",
    )

    assert facts_on(player, "2026-03-01") == {}


def test_two_loans_are_the_worse_of_both_and_paid_each_by_itself():
    player = story(
        "loan id=ln_1 principal=6000 disbursed=2026-01-05",
        "schedule 1 loan=ln_1",
        "  1..6  2026-02-10  +1m  1000",
        "loan id=ln_2 principal=800",
        "schedule 1 loan=ln_2",
        "  1..8  2026-02-02  +7d  100",
        "pay 2026-02-02 10:00 100 loan=ln_2",
        "pay 2026-02-09 10:00 100 loan=ln_2",
    )

    facts = facts_on(player, "2026-02-15")["default"]

    assert (facts.floor, facts.dpd) == (2, 5)
    assert facts.disbursed_ms == ms("2026-01-01")
    assert facts.next_due_ms == ms("2026-02-16")
    assert [loan.interval_days for loan in facts.loans] == [28, 7]


@pytest.mark.parametrize(
    ("lines", "day", "left"),
    [
        pytest.param([], "2026-02-10", [None, None, None], id="not due before today"),
        pytest.param(
            ["pay 2026-02-10 10:00 1000"], "2026-02-20", [None, None, None], id="paid on its day"
        ),
        pytest.param(
            ["pay 2026-02-11 10:00 1000"],
            "2026-02-20",
            [None, None, None],
            id="paid before the end of the first day late",
        ),
        pytest.param(
            ["pay 2026-02-12 10:00 1000"],
            "2026-02-20",
            ["2026-02-12", None, None],
            id="one day late: mild until it was paid",
        ),
        pytest.param(
            ["pay 2026-02-14 10:00 1000"],
            "2026-02-20",
            ["2026-02-14", None, None],
            id="paid on the day on which it would be moderate",
        ),
        pytest.param(
            ["pay 2026-02-15 10:00 1000"],
            "2026-02-20",
            ["2026-02-15", "2026-02-15", None],
            id="a day after it was moderate",
        ),
        pytest.param(
            ["pay 2026-03-13 10:00 1000"],
            "2026-03-14",
            ["", "", "2026-03-13"],
            id="severe until it was paid; the next one is 4 days late now",
        ),
        pytest.param([], "2026-02-20", ["", "", None], id="it is there still"),
        pytest.param(
            ["pay 2026-02-15 10:00 995"],
            "2026-02-20",
            ["2026-02-15", "2026-02-15", None],
            id="paid but for a residue",
        ),
        pytest.param(
            ["pay 2026-02-10 10:00 1000", "fee 2026-02-11 10:00 10", "pay 2026-03-08 10:00 10"],
            "2026-03-09",
            [None, None, None],
            id="a fee of no more than the residue was never late, though it was paid late",
        ),
        pytest.param(
            ["pay 2026-02-10 10:00 1000", "fee 2026-02-11 10:00 11", "pay 2026-03-08 10:00 11"],
            "2026-03-09",
            ["2026-03-08", "2026-03-08", None],
            id="one above it was",
        ),
        pytest.param(
            ["pay 2026-02-10 10:00 1000", "fee 2026-02-11 10:00 11", "waive 2026-03-08 10:00 11"],
            "2026-03-09",
            ["2026-03-08", "2026-03-08", None],
            id="and so was one that was waived",
        ),
    ],
)
def test_since_when_a_floor_is_gone_follows_from_the_payments_alone(lines, day, left):
    """`None` is never, `""` is that it is there."""
    (facts,) = facts_on(story(*MONTHLY, *lines), day).values()

    far_ms = ms("2100-01-01")
    told = [None if at < 0 else "" if at > far_ms else at for at in facts.left_ms]
    assert told == [each and ms(each) for each in left]


def test_of_several_loans_the_last_one_says_since_when_a_floor_is_gone():
    player = story(
        *MONTHLY,
        "loan id=ln_2 principal=6000",
        "schedule 1 loan=ln_2",
        "  1..6  2026-02-10  +1m  1000",
        "pay 2026-02-16 10:00 1000",
        "pay 2026-02-13 10:00 1000 loan=ln_2",
    )

    (facts,) = facts_on(player, "2026-02-20").values()

    assert facts.left_ms == (ms("2026-02-16"), ms("2026-02-16"), -1)


def test_a_probation_that_is_over_says_since_when():
    player = story(
        "loan principal=3000",
        "schedule 1",
        "  1..3  2026-02-10  +1m  1000",
        "schedule 2 at=2026-03-20T10:00 reason=RESCHEDULE arrears=CAPITALISED",
        "  1..9  2026-04-20  +1m  350",
        *(f"pay 2026-{month:02}-20 10:00 350" for month in range(4, 11)),
    )

    (before,) = facts_on(player, "2026-09-15").values()
    (after,) = facts_on(player, "2026-09-20").values()

    assert (before.floor, before.left_ms[0] > ms("2100-01-01")) == (1, True)
    assert (after.floor, after.left_ms) == (
        0,
        (ms("2026-09-16"), ms("2026-03-20"), ms("2026-03-20")),
    )


def test_a_schedule_that_is_sent_again_in_a_wrong_unit_takes_no_arrear_back(kit):
    """Severe; the first version comes again with a hundred times its amounts, and is held."""
    late = "loan principal=6000", "schedule 1", "  1..6  2026-02-10  +1m  1000"
    wrong = "schedule 1 at=2026-03-20T09:00", "  1..6  2026-02-10  +1m  100000"
    (before,) = facts_on(story(*late), "2026-03-20").values()
    (after,) = facts_on(story(*late, *wrong), "2026-03-20").values()
    assert (before.floor, after.floor) == (3, 0)

    watch = kit.Watch().know(0, floor=3, left_ms=before.left_ms, loans=before.loans)
    watch.know(1, floor=0, left_ms=after.left_ms, loans=after.loans).until(5)

    assert watch.tier == 3
