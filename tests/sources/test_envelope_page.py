"""docs/envelope.md says what schemas/ does: every field, word, reason and example of it."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from schemas.dead_letter import DeadLetterReason
from schemas.envelope import TYPES, DecodeError, decode
from schemas.header import EventData, OpenEnum
from schemas.loan_terms import Components, Waterfall
from schemas.reference import Consent, Hold, Instalment
from schemas.settlement import Batch
from schemas.tokens import PREFIXES
from stream.intake.admit import IN_BAND
from stream.intake.admit import TYPES as TYPES_OF_TOPIC
from stream.intake.keys import record_key
from stream.sources.routing import route

PAGE = (Path(__file__).parents[2] / "docs" / "envelope.md").read_text("utf-8")
EXAMPLES = [block.splitlines() for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
TABLES = {
    "## Fields of every event": EventData,
    **{f"`{name}`\n": data_type for name, data_type in TYPES.items() if name != "clock.v1"},
    "\n`batch`:\n": Batch,
    "\n`waterfall`:\n": Waterfall,
    "\n`instalments`:\n": Instalment,
    "\n`components`:\n": Components,
    "\n`consents`:\n": Consent,
    "\n`holds`:\n": Hold,
}


def rows(heading):
    """The first table after a heading, as field -> the other cells."""
    place = re.search(
        rf"^#+ {re.escape(heading)}" if heading[0] == "`" else re.escape(heading), PAGE, re.M
    )
    found = {}
    for line in PAGE[place.end() :].splitlines():
        if line.startswith("| `"):
            name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            found[name.strip("` ")] = cells
        elif found:
            break
    return found


def fields(data_type):
    inherited = set()
    if issubclass(data_type, EventData) and data_type is not EventData:
        inherited = set(EventData.__struct_fields__)
    return {
        field.name: field
        for field in msgspec.inspect.type_info(data_type).fields
        if field.name not in inherited
    }


def parts(declared):
    """A declared type and all that it is made of."""
    yield declared
    for inner in getattr(declared, "types", ()):
        yield from parts(inner)
    for name in ("type", "item_type"):
        if isinstance(inner := getattr(declared, name, None), msgspec.inspect.Type):
            yield from parts(inner)


cases = pytest.mark.parametrize(
    ("heading", "data_type"),
    [pytest.param(*item, id=item[1].__name__) for item in TABLES.items()],
)


@cases
def test_every_field_has_its_line_and_says_whether_it_is_needed(heading, data_type):
    table = rows(heading)

    assert {name: cells[0] == "yes" for name, cells in table.items()} == {
        name: field.required for name, field in fields(data_type).items()
    }


@cases
def test_every_field_has_its_type(heading, data_type):
    expected = {
        msgspec.inspect.DateType: "date",
        msgspec.inspect.DateTimeType: "instant",
        msgspec.inspect.EnumType: "word",
        msgspec.inspect.IntType: "integer",
        msgspec.inspect.FloatType: "number",
    }
    table = rows(heading)
    for name, field in fields(data_type).items():
        for part in parts(field.type):
            said = table[name][1]
            if isinstance(part, msgspec.inspect.StructType):
                assert part.cls.__name__.lower() in said, name
            elif isinstance(part, msgspec.inspect.Metadata) and "id" in (part.extra or {}):
                assert said.removeprefix("list of ").startswith("token"), name
            elif type(part) in expected:
                assert expected[type(part)] in said, name


@cases
def test_every_word_of_a_list_is_named(heading, data_type):
    table = rows(heading)
    for name, field in fields(data_type).items():
        for part in parts(field.type):
            if isinstance(part, msgspec.inspect.EnumType):
                words = {member.value for member in part.cls} - {"OTHER"}
                assert words <= set(re.findall(r"`([A-Z][A-Z0-9_]+)`", table[name][2])), name


def test_only_the_two_lists_that_the_page_names_are_closed():
    closed = {
        name
        for data_type in {EventData, *TYPES.values()}
        for name, field in fields(data_type).items()
        for part in parts(field.type)
        if isinstance(part, msgspec.inspect.EnumType) and not issubclass(part.cls, OpenEnum)
    }

    assert closed == {"record_kind", "reason", "arrears", "verified"}
    said = (
        "only `record_kind`, a schedule's `reason` and `arrears`, and the channels and holds of a "
        "contact state must be of their list"
    )
    assert said in PAGE


def test_every_type_has_its_topic_and_its_key():
    table = rows("| `type` | topic | Kafka key |")

    assert table.keys() == TYPES.keys()
    for topic, names in TYPES_OF_TOPIC.items():
        for name in set(names) - set(IN_BAND):
            assert table[name][0] == f"`{topic}`"


def test_every_example_is_an_envelope_and_every_type_has_one():
    decoded = [decode(line.encode()) for lines in EXAMPLES for line in lines]

    assert {envelope.type for envelope in decoded} == TYPES.keys()


def test_the_keys_of_the_examples_are_those_that_the_page_names():
    table = rows("| `type` | topic | Kafka key |")
    for line in (line for lines in EXAMPLES for line in lines):
        envelope = decode(line.encode())
        said = table[envelope.type][1].replace("`", "").replace(" ", "").removeprefix("data.")
        for name in sorted(envelope.data.__struct_fields__, key=len, reverse=True):
            said = re.sub(rf"(?<!_){name}\b(?!:ln)", str(getattr(envelope.data, name)), said)

        assert said == (record_key(envelope.data) or "none")


def test_the_first_example_is_a_file_references_first_then_in_time():
    envelopes = [decode(line.encode()) for line in EXAMPLES[0]]
    topics = [route(line.encode()).topic for line in EXAMPLES[0]]
    times = [envelope.at_ms for envelope in envelopes]

    assert topics == sorted(topics, key=lambda topic: topic != "references")
    assert times == sorted(times)


def test_the_correction_has_the_business_key_of_what_it_corrects():
    (correction,) = (decode(line.encode()) for line in EXAMPLES[-1])
    (corrected,) = (
        envelope
        for envelope in (decode(line.encode()) for line in EXAMPLES[0])
        if envelope.id == correction.data.original_event_id
    )

    assert correction.business_key == corrected.business_key
    assert correction.data.record_version > corrected.data.record_version


def test_every_reason_of_a_refusal_is_named():
    assert rows("| reason | when |").keys() == set(DeadLetterReason)


def test_every_prefix_is_named():
    line = next(line for line in PAGE.splitlines() if line.startswith("| token |"))

    assert all(f"`{prefix}_` {kind}" in line for kind, prefix in PREFIXES.items())


def base():
    return json.loads(EXAMPLES[0][4])


@pytest.mark.parametrize(
    ("change", "reason", "field_path"),
    [
        pytest.param({"type": "repayment.v9"}, "SCHEMA", "$.type", id="an unknown type"),
        pytest.param({"id": "free text"}, "SCHEMA", "$.id", id="text for a reference"),
        pytest.param({"time": "2026-11-20T15:42:10"}, "SCHEMA", "$.time", id="no zone"),
        pytest.param({"data.status": None}, "MISSING_KEY", "$.data.status", id="a needed field"),
        pytest.param({"data.attempt_id": None}, "MISSING_KEY", "$.data.attempt_id", id="no key"),
        pytest.param(
            {"data.amount_paid": {"amount_minor": 1, "currency": "XAU"}},
            "CURRENCY",
            "$.data.amount_paid",
            id="gold",
        ),
        pytest.param(
            {"data.amount_paid": {"amount_minor": 1.5, "currency": "CNY"}},
            "SCHEMA",
            "$.data.amount_paid.amount_minor",
            id="a float",
        ),
        pytest.param({"data.phone": "x"}, "PII_FOUND", "$.data.phone", id="personal data"),
        pytest.param({"data.weather": "rain"}, None, None, id="a field of tomorrow"),
        pytest.param({"data.method": "CARRIER_PIGEON"}, None, None, id="an unknown word"),
    ],
)
def test_what_the_page_says_is_refused_is_refused(change, reason, field_path):
    envelope = base()
    for path, value in change.items():
        *parents, name = path.split(".")
        place = envelope[parents[0]] if parents else envelope
        if value is None:
            del place[name]
        else:
            place[name] = value
    raw = json.dumps(envelope).encode()

    if reason is None:
        assert decode(raw).id == envelope["id"]
        return
    with pytest.raises(DecodeError) as refused:
        decode(raw)
    assert (refused.value.reason, refused.value.field_path) == (reason, field_path)
