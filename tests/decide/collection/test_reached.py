"""Attempts at which nobody was reached, as rules read them (X04)."""

import msgspec
import pytest

from tests.decide.collection.world import Street
from tests.decide.conftest import TRUST

RULES = """
ruleset trial version 1
  name "Trial" / "试验"
  timezone "Asia/Shanghai"
end

rule dark
  name "Out of reach" / "失联"
  signal X04
  family willingness
  lane credit
  when contact.unreachable >= 3 and contact.unreachable_days >= 3
  tier moderate hard
  clear when contact.unreachable = 0
  reason "{contact.unreachable} attempts on {contact.unreachable_days} days" / "{contact.unreachable}"
end
"""
NO, DAYS = "UNREACHABLE", ("2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13")


def played(calls):
    street = Street(rules=RULES)
    for when, kind in calls:
        street.tick(when)
        street.outcome(kind, channel="CALL")
    return street


def told(street):
    alerts = [msgspec.json.decode(each.value) for each in street.outputs if each.topic == "alerts"]
    return [(each["transition"], each["reason"]["en"]) for each in alerts]


OPENED = ("opened", "3 attempts on 3 days")


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([(f"{day}T10:00", NO) for day in DAYS[:3]], [OPENED], id="three days"),
        pytest.param(
            [(f"2026-03-10T1{hour}:00", NO) for hour in range(5)], [], id="five times on one day"
        ),
        pytest.param(
            [("2026-03-10T23:30", NO), ("2026-03-11T00:30", NO), ("2026-03-12T00:30", NO)],
            [OPENED],
            id="days end at local midnight",
        ),
        pytest.param(
            [(f"{day}T10:00", kind) for day, kind in zip(DAYS, (NO, NO, "PROMISED", NO), strict=True)],
            [],
            id="somebody answered between",
        ),
        pytest.param(
            [(f"{day}T10:00", kind) for day, kind in zip(DAYS, (NO, NO, NO, "CONTACTED"), strict=True)],
            [OPENED, ("cleared", "not seen again until 2026-03-13T02:00:00.000Z")],
            id="an answer ends it",
        ),
        pytest.param(
            [
                (f"{day}T10:00", kind)
                for day, kind in zip(DAYS, (NO, NO, "WRONG_PARTY", NO), strict=True)
            ],
            [OPENED],
            id="somebody else is not the borrower, and no attempt either",
        ),
        pytest.param(
            [(f"{day}T10:00", kind) for day, kind in zip(DAYS, (NO, NO, "DELIVERED", NO), strict=True)],
            [OPENED],
            id="a message that was delivered reaches nobody",
        ),
    ],
)  # fmt: skip
def test_who_cannot_be_reached(calls, expected):
    assert told(played(calls)) == expected


def test_a_restart_forgets_no_attempt():
    street = played([(f"{day}T10:00", NO) for day in DAYS[:2]])
    again = type(street.book)(TRUST, speaks=True)
    for key, value in street.book.changes():
        again.restore(key, value)
    street.book = again
    street.tick("2026-03-12T10:00")
    street.outcome(NO, channel="CALL")

    assert told(street) == [OPENED]
