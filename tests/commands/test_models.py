"""`loanwatch models`: what needs no Kafka, and what stood before the latest record."""

import json
from base64 import b64encode
from datetime import date

import msgspec
import pytest
from typer.testing import CliRunner

from detectors import DETECTORS, ews
from detectors.features import NAMES
from schemas.alert import Phase
from schemas.control import DetectorBody, Standing
from schemas.learned_model import LearnedModel
from schemas.model import Check, Demotion, ModelStanding, Verdict
from schemas.signing import Trust
from stream.commands import models as commands
from stream.commands.models import app
from stream.commands.models_report import (
    described,
    entry,
    latest_model,
    previous,
    read_calibration,
    records_of,
    row_of,
    version_of,
)
from stream.commands.models_told import again, with_health
from stream.commands.simulate import app as simulate
from stream.decide.ews.champion import champion_of
from stream.decide.heard import AT_FIRST, StandingError, calibrators_of, check
from stream.sources.control_file import ControlFileError, Register, payload_of, signed_by
from stream.sources.keys import make_trial_keys, read_trust, trial_signers

NAME = "cusum"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "book.jsonl"
    done = CliRunner().invoke(
        simulate, ["--out", str(path), "--borrowers", "6", "--days", "40", "--json"]
    )
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="module")
def calibrated(book):
    out = book.with_name("cusum.json")
    done = CliRunner().invoke(app, ["calibrate", NAME, str(book), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out, done.stdout


def test_a_calibration_is_what_a_promotion_takes(calibrated):
    path, said = calibrated
    body = msgspec.json.decode(path.read_bytes(), type=DetectorBody)
    check(DETECTORS, body)

    assert (body.detector, body.standing) == (NAME, Standing.IN_FORCE)
    assert "default, aged: " in said
    assert read_calibration(path, NAME) == body.calibration
    assert {key.segment for key in calibrators_of(body)} >= {"default"}


def test_calibrated_twice_it_is_the_same_bytes(book, calibrated, tmp_path):
    again = tmp_path / "again.json"
    CliRunner().invoke(app, ["calibrate", NAME, str(book), "--out", str(again)])

    assert again.read_bytes() == calibrated[0].read_bytes()


def test_the_calibration_of_another_detector_is_refused(calibrated):
    with pytest.raises(StandingError, match="expected a calibration of detector `mix`"):
        read_calibration(calibrated[0], "mix")


def told(**how):
    act = Check(signal="H06", verdict=Verdict.ACT, value=0.31, critical=0.01, n=5_000)
    fields = {
        "detector": "amount",
        "version": 1,
        "standing": Standing.SHADOW,
        "at": "2026-05-25T00:00:00.000Z",
        "phase": "live",
        "day": date(2026, 5, 24),
        "checks": (act,),
        "right": 3,
        "wrong": 7,
        "demotion": Demotion(
            detector="amount", version=1, day=date(2026, 5, 24), rounds=2, checks=(act,)
        ),
    }
    return {"amount": msgspec.convert(msgspec.to_builtins(fields | how), ModelStanding)}


KNOWN = {"detector": "amount", "version": 1, "standing": "in_force"}


def test_what_the_step_says_stands_before_what_is_signed():
    fields = with_health(KNOWN, told())

    assert (fields["standing"], fields["right"], fields["judged"]) == ("shadow", 3, 10)
    assert fields["worst"] == "act"
    assert fields["demoted"].startswith("no longer heard after 2 weeks in a row, the last 2026-05")
    assert "index 0.31 (chance alone 0.01), of 5,000" in fields["demoted"]


SHARES = {
    "region": {"cn-31": {"right": 9, "wrong": 21}, "cn-44": {"wrong": 3}, "": {"wrong": 50}},
    "size": {"*": {"right": 1, "wrong": 1}, "small": {"right": 19}},
}


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_false_alarms_are_shown_by_region_and_size_with_their_counts(more, monkeypatch):
    register = Register(Trust(keys=()))
    monkeypatch.setattr(commands, "_known", lambda: (register, told(shares=SHARES)))
    done = CliRunner().invoke(app, ["show", "amount", *more])
    assert done.exit_code == 0, done.output
    fields, end = json.JSONDecoder().raw_decode(done.stdout)
    rows = [(row["trait"], row["value"], row["false"], row["judged"]) for row in fields["shares"]]

    assert rows == [
        ("region", "cn-31", 21, 30),
        ("region", "cn-44", 3, 3),
        ("region", "(not told)", 50, 50),
        ("size", "small", 0, 19),
        ("size", "(all others)", 1, 2),
    ]
    said = done.stdout[end:].strip().splitlines()
    if more:
        assert said == []
        return
    assert said[0] == "False alarms of the cases closed from 2025-06-22 on:"
    assert [line.split()[:5] for line in said[2:3]] == [["region", "cn-31", "30", "21", "70%"]]
    assert [line.endswith("fewer than 20: says little") for line in map(str.rstrip, said[2:])] == [
        False, True, False, True, True,
    ]  # fmt: skip


def test_a_row_that_the_machine_has_demoted_judges_nobody():
    d8 = {"detector": "ews", "version": 1, "standing": "in_force", "champion": "00c0ffee"}
    said = told(detector="ews")["amount"]

    assert with_health(d8, {"ews": said})["champion"] == ""
    healthy = msgspec.structs.replace(said, demotion=None)
    assert with_health(d8, {"ews": healthy})["champion"] == "00c0ffee"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param(KNOWN, {}, id="nothing was said"),
        pytest.param(KNOWN | {"version": 2}, told(), id="of another version"),
        pytest.param(KNOWN | {"record_id": "c9"}, told(), id="before the latest record"),
    ],
)
def test_what_is_signed_stands_alone(fields, said):
    assert with_health(fields, said) == fields


def test_a_promotion_after_a_demotion_is_another_record_than_the_one_before():
    assert again("amount", told()) == "after its demotion of 2026-05-24"
    assert again("amount", told(demotion=None)) == ""
    assert again("cusum", told()) == ""


def test_detectors_are_compared_with_intervals(book):
    labels = book.with_name("labels.csv")
    rows = [f"brw_sim7n{i:05},{int(i == 0)}" for i in range(6)]
    labels.write_text("\n".join(["borrower_id,label", *rows, ""]), encoding="utf-8")
    done = CliRunner().invoke(
        app, ["compare", str(book), "--labels", str(labels), "--draws", "3", "--json"]
    )
    found = json.loads(done.stdout)

    assert done.exit_code == 0, done.output
    assert "suite" in found
    assert set(found["suite"]["auc"]) == {"value", "low", "high"}
    table = CliRunner().invoke(app, ["compare", str(book), "--labels", str(labels), "--draws", "3"])
    assert table.exit_code == 0, table.output
    assert "recall_at" in table.stdout


@pytest.mark.parametrize("verb", ["promote", "demote", "calibrate"])
def test_a_detector_that_is_none_is_named_with_the_closest(verb, book, tmp_path):
    more = [str(book), "--out", str(tmp_path / "x")] if verb == "calibrate" else []
    done = CliRunner().invoke(app, [verb, "cusumm", *more])

    assert isinstance(done.exception, StandingError)
    assert "did you mean `cusum`" in str(done.exception)
    with pytest.raises(StandingError, match="unknown detector"):
        version_of("cusumm")


@pytest.fixture
def put(tmp_path):
    """What adds a record to a register, signed by the trial's two people."""
    make_trial_keys(tmp_path / "keys", tmp_path / "trust.json")
    register = Register(read_trust(tmp_path / "trust.json"))
    keys = trial_signers(tmp_path / "keys", register.trust)

    def add(body):
        payload = payload_of(
            body,
            author="trial-author",
            approver="trial-approver",
            supersedes=register.superseded(f"detector:{body.detector}"),
            now_ms=1_795_189_330_000,
        )
        value = msgspec.json.encode(signed_by(payload, keys))
        return register.add(value, len(register.history))

    add.register = register
    return add


def silent(reason=""):
    return DetectorBody(detector=NAME, version=1, standing=Standing.SHADOW, reason=reason)


def test_without_a_record_there_is_nothing_to_roll_back(put):
    with pytest.raises(ControlFileError, match="expected a record about detector `cusum`"):
        previous(put.register, NAME)

    standings = {name: described(put.register, name)["standing"] for name in DETECTORS}
    assert {name for name, of in standings.items() if of == "in_force"} == AT_FIRST


def taught():
    """The row of a model that has learned enough to speak."""
    model = ews.Ews()
    for n in range(3 * ews.POSITIVES_LEAST):
        model.learn_one(
            tuple(float((n * 7 + i) % 11) for i in range(len(NAMES))), is_bad=n % 3 == 0
        )
    return b64encode(model.row).decode()


def test_d8_is_promoted_by_its_row_and_rolled_back(put):
    assert described(put.register, "ews")["standing"] == "shadow"
    promotion = DetectorBody(detector="ews", version=1, standing=Standing.IN_FORCE, row=taught())
    assert put(promotion).refused is None
    said = described(put.register, "ews")

    assert (said["standing"], said["champion"]) == ("in_force", champion_of(promotion).name)
    assert previous(put.register, "ews").standing is Standing.SHADOW
    put(DetectorBody(detector="ews", version=1, standing=Standing.SHADOW))
    assert previous(put.register, "ews") == promotion
    assert described(put.register, "ews")["champion"] == ""


def test_a_promotion_of_d8_without_a_model_is_refused(put):
    bare = DetectorBody(detector="ews", version=1, standing=Standing.IN_FORCE)

    assert "row of `ews`" in put(bare).refused


def test_d8_cannot_be_calibrated(book, tmp_path):
    done = CliRunner().invoke(app, ["calibrate", "ews", str(book), "--out", str(tmp_path / "x")])

    assert isinstance(done.exception, StandingError)
    assert "nothing to calibrate" in str(done.exception)


def test_the_last_that_was_told_of_a_model_counts():
    def told(n):
        return msgspec.json.encode(
            LearnedModel(
                detector="ews",
                version=1,
                day=date(2026, 6, n),
                at="2026-06-01T01:00:00.000Z",
                phase=Phase.LIVE,
                n=n,
                bad=0,
                is_learned=False,
                row="AAAA",
            )
        )

    assert latest_model([told(1), told(2), None]).n == 2
    assert row_of(latest_model([told(1)])) == "AAAA"
    with pytest.raises(ControlFileError, match="nothing has matured yet"):
        row_of(latest_model([]))


def test_what_stood_before_the_latest_record_comes_back(put, calibrated):
    promotion = msgspec.json.decode(calibrated[0].read_bytes(), type=DetectorBody)
    assert put(promotion).refused is None
    assert described(put.register, NAME)["standing"] == "in_force"
    assert previous(put.register, NAME).standing is Standing.SHADOW, "before any record"

    put(silent("drifted"))
    assert described(put.register, NAME)["standing"] == "shadow"
    assert previous(put.register, NAME) == promotion
    assert [entry(each)["reason"] for each in records_of(put.register, NAME)] == ["", "drifted"]


def test_a_refused_record_is_no_step_back(put, calibrated):
    promotion = msgspec.json.decode(calibrated[0].read_bytes(), type=DetectorBody)
    put(silent())
    refused = put(msgspec.structs.replace(promotion, version=9))
    put(promotion)

    assert "expected version 1" in refused.refused
    assert previous(put.register, NAME) == silent()


def test_m_is_promoted_without_a_calibration_since_its_own_is_folded(put, book, tmp_path):
    body = DetectorBody(detector="combination", version=1, standing=Standing.IN_FORCE)

    assert put(body).refused is None
    assert described(put.register, "combination")["standing"] == "in_force"
    assert previous(put.register, "combination").standing is Standing.SHADOW
    out = str(tmp_path / "x")
    done = CliRunner().invoke(app, ["calibrate", "combination", str(book), "--out", out])
    assert isinstance(done.exception, StandingError)
    assert "folded" in str(done.exception)
