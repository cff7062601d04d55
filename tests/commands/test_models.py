"""`loanwatch models`: what needs no Kafka, and what stood before the latest record."""

import json
from datetime import date

import msgspec
import pytest
from typer.testing import CliRunner

from detectors import DETECTORS
from schemas.control import DetectorBody, Standing
from schemas.model import Check, Demotion, ModelStanding, Verdict
from stream.commands.models import app
from stream.commands.models_report import (
    described,
    entry,
    previous,
    read_calibration,
    records_of,
    version_of,
)
from stream.commands.models_told import again, with_health
from stream.commands.simulate import app as simulate
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
