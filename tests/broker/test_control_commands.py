"""`loanwatch keys`, `control` and `dead-letters` against a real Kafka, as an operator uses them."""

import json
from base64 import b64encode
from datetime import date
from pathlib import Path

import msgspec
import pytest

from detectors import ews
from detectors.features import NAMES
from schemas.alert import Phase
from schemas.control import ControlPayload
from schemas.journal import Control
from schemas.learned_model import LearnedModel
from stream.roles import Role
from stream.sources.sending import send
from tests.broker.sources import Sources, until

pytestmark = pytest.mark.broker

PACK = Path(__file__).parents[2] / "rules" / "packs" / "postloan.ewl"


@pytest.fixture
def sources(settings, tmp_path):
    return Sources(settings, tmp_path / "roles.log")


def test_from_new_keys_to_a_live_house(sources, loanwatch, tmp_path):
    assert len(loanwatch("keys", "init", "--json")["made"]) == 8
    assert loanwatch("keys", "init", "--json") == {"made": []}

    rules = loanwatch("control", "ruleset", str(PACK), "--json")
    watched = loanwatch("control", "list", "@watch", "mer_1", "mer_2", "--json")
    live = loanwatch("control", "go-live", "--clock", "input", "--json")
    assert [each["published"] for each in (rules, watched, live)] == [True, True, True]

    shown = {each["subject"]: each for each in loanwatch("control", "show", "--json")}
    assert shown.keys() == {"ruleset", "list:watch", "go_live"}
    assert shown["ruleset"]["record_id"] == rules["record_id"]
    (full,) = loanwatch("control", "show", "list:watch", "--json")
    assert full["body"]["members"] == ["mer_1", "mer_2"]


def test_the_same_again_is_not_sent_and_something_else_supersedes(sources, loanwatch):
    loanwatch("keys", "init")
    first = loanwatch("control", "list", "watch", "mer_1", "--json")
    again = loanwatch("control", "list", "watch", "mer_1", "--json")
    other = loanwatch("control", "list", "watch", "mer_2", "--json")

    assert (again["published"], again["record_id"]) == (False, first["record_id"])
    assert other["supersedes"] == first["record_id"]
    assert len(loanwatch("control", "show", "--history", "--json")) == 2


def test_a_detector_is_promoted_demoted_and_rolled_back(sources, loanwatch):
    def standing():
        return {
            each["detector"]: each["standing"] for each in loanwatch("models", "list", "--json")
        }

    loanwatch("keys", "init")
    at_first = standing()
    assert (at_first["shortfall"], at_first["cusum"]) == ("in_force", "shadow")
    assert "is not heard without" in loanwatch("models", "promote", "cusum", code=2)

    loanwatch("models", "demote", "shortfall", "--reason", "drifted", "--json")
    assert standing()["shortfall"] == "shadow"
    loanwatch("models", "rollback", "shortfall", "--reason", "fixed", "--json")
    assert standing()["shortfall"] == "in_force"
    shown = loanwatch("models", "show", "shortfall", "--json")
    assert [each["reason"] for each in shown["history"]] == ["drifted", "fixed"]


def test_the_model_that_learns_is_shown_and_put_in_force(sources, settings, loanwatch):
    loanwatch("keys", "init")
    assert "nothing has matured yet" in loanwatch("models", "promote", "ews", code=2)
    model = ews.Ews()
    for n in range(3 * ews.POSITIVES_LEAST):
        model.learn_one(
            tuple(float((n * 7 + i) % 11) for i in range(len(NAMES))), is_bad=n % 3 == 0
        )
    told = LearnedModel(
        detector="ews",
        version=1,
        day=date(2026, 6, 1),
        at="2026-06-01T01:00:00.000Z",
        phase=Phase.LIVE,
        n=model.n,
        bad=model.positives,
        is_learned=True,
        row=b64encode(model.row).decode(),
    )
    send(settings, "monitor", "learned-models", "ews", msgspec.json.encode(told))

    shown = loanwatch("models", "show", "ews", "--json")
    assert (shown["standing"], shown["learned"]["bad"]) == ("shadow", model.positives)
    assert loanwatch("models", "promote", "ews", "--reason", "better", "--json")["published"]
    shown = loanwatch("models", "show", "ews", "--json")
    assert (shown["standing"], shown["history"][0]["reason"]) == ("in_force", "better")
    loanwatch("models", "rollback", "ews", "--json")
    assert loanwatch("models", "show", "ews", "--json")["standing"] == "shadow"


def test_an_author_and_an_approver_sign_apart(sources, loanwatch, settings, tmp_path):
    loanwatch("keys", "init")
    keys = settings.data_dir / "keys"
    body = tmp_path / "body.json"
    body.write_text('{"kind":"go_live","clock":"wall"}')
    people = ("--author", "trial-author", "--approver", "trial-approver")
    drafted = loanwatch(
        "control", "sign", str(body), "--key", str(keys / "trial-author.pem"), *people
    )
    record = tmp_path / "record.json"
    record.write_text(json.dumps(drafted))

    refused = loanwatch("control", "publish", str(record), code=2)
    assert "expected the signatures of an author and of another approver" in refused
    signed = loanwatch("control", "sign", str(record), "--key", str(keys / "trial-approver.pem"))
    record.write_text(json.dumps(signed))
    assert loanwatch("control", "publish", str(record), "--json")["published"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(["ruleset", "RULES"], "wrong.ewl", id="a rule set with an error"),
        pytest.param(["ruleset", "EMPTY"], "expected rule files", id="a folder without rules"),
        pytest.param(["parameters", "PRIORS"], "amount", id="an unknown detector"),
        pytest.param(["list", "no list", "x"], "expected the body", id="no name of a list"),
    ],
)
def test_what_would_be_refused_is_not_sent(sources, loanwatch, tmp_path, args, says):
    loanwatch("keys", "init")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "wrong.ewl").write_text("rule {")
    (tmp_path / "empty").mkdir()
    (tmp_path / "priors.json").write_text('{"detector": "amounts", "segments": {}}')
    places = {"RULES": "rules", "EMPTY": "empty", "PRIORS": "priors.json"}
    args = [str(tmp_path / places[arg]) if arg in places else arg for arg in args]

    assert says in loanwatch("control", *args, code=2)
    assert loanwatch("control", "show", "--history", "--json") == []


def test_the_kill_switch_takes_one_key_on_and_two_off(sources, loanwatch, settings):
    loanwatch("keys", "init")
    keys = settings.data_dir / "keys"
    author, approver = (f"--key={keys / name}.pem" for name in ("trial-author", "trial-approver"))
    why = "--reason=wrong amounts"

    on = loanwatch("control", "kill", "on", why, author, "--json")
    again = loanwatch("control", "kill", "on", why, author, "--json")
    assert "the keys of two people" in loanwatch("control", "kill", "off", why, author, code=2)
    off = loanwatch("control", "kill", "off", why, author, approver, "--json")

    assert [each["published"] for each in (on, again, off)] == [True, False, True]
    assert off["supersedes"] == on["record_id"]
    (shown,) = loanwatch("control", "show", "kill_switch", "--json")
    assert shown["body"] == {"kind": "kill_switch", "on": False, "reason": "wrong amounts"}


def test_feeds_and_calendars_are_put_in_force_from_files(sources, loanwatch, tmp_path):
    loanwatch("keys", "init")
    feeds = tmp_path / "feeds.json"
    feeds.write_text('{"feeds": [{"source": "acq-9", "stream": "pos_clearing", "kind": "file"}]}')
    year = {"first": "2026-01-01", "last": "2026-12-31", "days": {"2026-02-17": ["HOLIDAY"]}}
    days = tmp_path / "calendar.json"
    days.write_text(json.dumps({"version": 1, "regions": {"CN": year}}))

    assert loanwatch("control", "sources", str(feeds), "--json")["subject"] == "sources"
    assert loanwatch("control", "calendar", str(days), "--json")["subject"] == "calendar"
    feeds.write_text(
        feeds.read_text().replace("}]", '}, {"source": "acq-9", "stream": "pos_clearing"}]')
    )
    assert "expected each feed once" in loanwatch("control", "sources", str(feeds), code=2)


def test_a_published_record_reaches_every_partition_of_the_journal(sources, loanwatch):
    loanwatch("keys", "init")
    live = loanwatch("control", "go-live", "--clock", "input", "--json")
    with sources.house(Role.INGEST):
        copies = until(lambda: [each for _, each in sources.journal() if type(each) is Control])
        until(lambda: len(sources.journal()) == sources.settings.partitions)

    payload = msgspec.json.decode(copies[0].signed.payload, type=ControlPayload)
    assert payload.record_id == live["record_id"]


def test_dead_letters_are_listed_shown_and_sent_again(sources, loanwatch):
    sources.contracts([1])
    raw = sources.repayment(9, "ln_1")[0].replace(b'"data":{', b'"data":{"borrower_id":"brw_7",')
    with sources.house(Role.INGEST):
        for topic, value in (("repayments", b"no"), ("settlements", None), ("repayments", raw)):
            sources.send(topic, value, key="k")
        sources.flush()
        until(lambda: len(sources.letters()) == 3)

        listed = loanwatch("dead-letters", "list", "--json")
        assert listed["by_reason"] == {"NOT_JSON": 1, "SCHEMA": 1, "BORROWER_MISMATCH": 1}
        letters = {each["reason"]: each["letter_id"] for each in listed["letters"]}
        wrong, empty = letters["BORROWER_MISMATCH"], letters["SCHEMA"]
        assert loanwatch("dead-letters", "list", "--topic", "settlements", "--json")["total"] == 1
        shown = loanwatch("dead-letters", "show", wrong, "--json")
        assert shown["payload"] == json.loads(raw)

        sources.contract(1, "brw_7")
        sources.flush()
        assert loanwatch("dead-letters", "redrive", wrong, "--json")["sent"] == 1
        until(lambda: set(sources.events()) == {"e9"})

    assert "it carries no bytes" in loanwatch("dead-letters", "redrive", empty, code=2)
    again = loanwatch("dead-letters", "redrive", "--reason", "SCHEMA", "--json")
    assert again == {"sent": 0, "left_out": 1}
