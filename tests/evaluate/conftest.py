"""A file of a small lender's events, and the rules that it is folded with."""

import pytest

import rules
from stream.sources.records import clock, write
from tests.evaluate.lender import SOURCE, contract, day_ms


@pytest.fixture
def file(tmp_path):
    """What writes events of borrowers into a file, with references and a clock record a day."""

    def write_file(*events, days=30):
        borrowers = sorted({each.data.loan_id.removeprefix("ln_") for each in events})
        clocks = [clock(SOURCE, day_ms(day)) for day in range(days + 1)]
        path = tmp_path / "events.jsonl"
        with path.open("wb") as out:
            write(map(contract, borrowers), out)
            write(sorted([*events, *clocks], key=lambda each: each.at_ms), out)
        return path

    return write_file


@pytest.fixture(scope="session")
def pack():
    return rules.pack("postloan")
