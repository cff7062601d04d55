"""The messages, byte for byte: a story's trigger records as they stand on the topic.

Renew after a change that is meant: `python -m tests.decide.collection.test_messages`.
"""

from pathlib import Path

import msgspec
import pytest

from schemas.collection_trigger import CollectionAction, CollectionTrigger, Guard
from schemas.trigger_progress import PROGRESS_KEY
from stream.decide import Book
from stream.decide.collection import words
from tests.decide.collection.test_restart import fold, story
from tests.decide.conftest import TRUST

GOLDEN = Path(__file__).with_name("golden") / "triggers.jsonl"
FORBIDDEN = (
    "risk",
    "default",
    "blacklist",
    "court",
    "credit record",
    "风险",
    "违约",
    "黑名单",
    "征信",
)
"""What no message may say, not even to collectors (domain.md 4.5)."""


def messages():
    outputs = fold(story(), Book(TRUST, speaks=True))
    found = [each for each in outputs if each.topic == "collection-triggers"]
    return [each for each in found if each.key != PROGRESS_KEY]


def text():
    return b"".join(each.value + b"\n" for each in messages())


def test_the_messages_are_those_of_the_file():
    assert text() == GOLDEN.read_bytes()


def test_each_reads_as_what_the_schema_says_under_the_borrowers_key():
    told = messages()
    decoded = [msgspec.json.decode(each.value, type=CollectionTrigger) for each in told]

    assert [each.key.decode() for each in told] == [each.borrower_id for each in decoded]
    by_id = {}
    for each in decoded:
        by_id.setdefault(each.trigger_id, []).append(each.ordinal)
    assert all(ordinals == list(range(1, len(ordinals) + 1)) for ordinals in by_id.values())


def test_a_retraction_does_not_wait_for_the_next_checkpoint():
    for each in messages():
        assert each.urgent is (msgspec.json.decode(each.value)["op"] == "RETRACT")


def test_there_is_a_word_for_everything_in_both_languages():
    assert set(words.WHY) == set(Guard)
    assert set(words.INTENDED) == set(CollectionAction)


@pytest.mark.parametrize("said", [*words.WHY.values(), *words.INTENDED.values()], ids=str)
def test_no_word_threatens(said):
    assert not [each for each in FORBIDDEN if each in said.en + said.zh]


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_bytes(text())
