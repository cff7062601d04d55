"""The catalogue follows the schemas."""

import os
from pathlib import Path

import pytest

from rules import CATALOGUE
from rules.catalogue import EVENT_TYPES, FAMILIES
from rules.parse import reserved
from rules.types import Kind
from schemas.journal import stream_of

GOLDEN = Path(__file__).parent / "golden" / "catalogue.txt"
OWNERS = {stream.name: stream.fields for stream in CATALOGUE.streams.values()} | CATALOGUE.entities
FIELDS = [of for fields in OWNERS.values() for of in fields.values()]
VALUES = {value for of in FIELDS for value in of.type.values}


def test_fields_are_as_agreed():
    """A diff here is a change of what analysts can write: LOANWATCH_REWRITE_GOLDEN=1 takes it."""
    lines = [
        f"{owner}.{of.name}: {of.type.name or of.type.kind}"
        f"{' of ' + '|'.join(of.type.values) if of.type.values else ''}"
        f"{', may be missing' if of.type.null else ''}"
        for owner, fields in OWNERS.items()
        for of in fields.values()
    ]
    found = "\n".join(lines) + "\n"
    if os.environ.get("LOANWATCH_REWRITE_GOLDEN"):
        GOLDEN.write_text(found, "utf-8")

    assert found == GOLDEN.read_text("utf-8")


def test_streams_are_those_of_the_journal(make):
    events = [make.repayment(1, 0), make.settlement(1, 0), make.pos_clearing(1, 0)]
    assert [EVENT_TYPES[stream_of(event)] for event in events] == [type(e) for e in events]


@pytest.mark.parametrize("of", FIELDS, ids=lambda of: of.name)
def test_a_field_can_be_written_in_a_rule(of):
    assert not set(of.name.split(".")) & reserved()


def test_everything_has_a_label_in_both_languages():
    wanted = {("field", of.name) for of in FIELDS}
    wanted |= {("value", value) for value in VALUES}
    wanted |= {("stream", stream) for stream in CATALOGUE.streams}
    wanted |= {("entity", entity) for entity in CATALOGUE.entities}
    wanted |= {("detector", detector) for detector in CATALOGUE.detectors}
    wanted |= {("output", o) for outputs in CATALOGUE.detectors.values() for o in outputs}
    wanted |= {("family", family) for family in FAMILIES}

    assert wanted == set(CATALOGUE.labels)
    assert all(label.en and label.zh for label in CATALOGUE.labels.values())


@pytest.mark.parametrize("owner", OWNERS)
def test_chinese_labels_name_one_field_each(owner):
    labels = [CATALOGUE.label("field", name).zh for name in OWNERS[owner]]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    "of", [o for o in FIELDS if o.type.kind is Kind.ENUM], ids=lambda o: o.name
)
def test_chinese_labels_name_one_value_each(of):
    labels = [CATALOGUE.label("value", value).zh for value in of.type.values]
    assert len(labels) == len(set(labels))


def test_ids_are_nominal_and_parts_have_their_fields():
    settlement = CATALOGUE.streams["settlement"].fields
    assert settlement["account_token"].type.name == "account_token"
    assert settlement["counterparty_token"].type.name == "counterparty_token"
    assert settlement["batch.net"].path == ("data", "batch", "net")
    assert settlement["batch.net"].optional == (2, 3)
    assert "quality" not in settlement, "rules cannot read lists"
