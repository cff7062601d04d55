"""`loanwatch audit` against a real Kafka, as compliance and an auditor use it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from schemas.health import HealthKind
from schemas.instants import from_ms
from stream import clock
from stream.commands.case import CONTEXT
from stream.record.canonical import canonical
from stream.record.merkle import proves_consistency, proves_inclusion
from stream.record.verify import fits
from tests.broker.flow import until
from tests.broker.test_compliance import Feeding
from tests.compliance.world import warning
from tests.record.authority import Authority

pytestmark = pytest.mark.broker


LONG_AGO, LONG_AFTER = datetime(2016, 1, 1, tzinfo=UTC), datetime(2066, 1, 1, tzinfo=UTC)


@pytest.fixture
def feeding(settings, tmp_path):
    authority, root = Authority(from_=LONG_AGO, until=LONG_AFTER), tmp_path / "root.pem"
    root.write_bytes(authority.root.pem)
    with authority.serving(lambda: from_ms(clock.now_ms())) as url:
        own = {"witness_file": tmp_path / "witness.jsonl", "authority_url": url}
        settings = replace(settings, data_dir=tmp_path, authority_root=root, **own)
        feeding = Feeding(settings, tmp_path)
        yield feeding
        for worker in feeding.workers:
            worker.kill()


@pytest.fixture
def audited(feeding, loanwatch, monkeypatch):
    """A feed of more than 64 records, its worker running."""
    for name, value in feeding.settings.to_env().items():
        monkeypatch.setenv(name, value)
    feeding.send(12)
    feeding.worker()
    feeding.drain()
    return feeding


def kinds(feeding, kind):
    return [each.record for each in feeding.entries() if each.record.kind == kind]


def test_an_export_is_verified_and_a_forged_one_is_not(audited, loanwatch, tmp_path):
    made = loanwatch("audit", "export", str(tmp_path / "out"), "--json")
    entries, heads = made["made"]
    key = loanwatch("audit", "key").strip()
    files = ["--head", heads, "--witness", str(tmp_path / "witness.jsonl"), "--key", key]
    whole = loanwatch("audit", "verify", entries, *files, "--json")

    assert (whole["findings"], whole["entries"]) == ([], made["entries"])
    assert whole["proved"] == made["entries"] // 64 * 64 > 0
    assert whole["witnessed"] == whole["heads"]

    forged = tmp_path / "forged.jsonl"
    lines = (tmp_path / "out" / "entries.jsonl").read_bytes().splitlines(keepends=True)
    forged.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    loanwatch("audit", "verify", str(forged), *files, code=1)


def test_each_head_is_stamped_by_the_authority_and_the_stamps_hold(audited, loanwatch, tmp_path):
    made = loanwatch("audit", "export", str(tmp_path / "out"), "--json")
    entries, heads = made["made"]
    stamps, count = tmp_path / "stamps.jsonl", len(audited.raw("compliance-heads"))
    until(lambda: stamps.exists() and len(stamps.read_bytes().splitlines()) >= count)
    files = ["--head", heads, "--witness", str(stamps)]
    root = ["--authority", str(tmp_path / "root.pem")]
    report = loanwatch("audit", "verify", entries, *files, *root, "--json")

    assert report["findings"] == []
    assert report["stamps"] >= count > 0
    assert report["stamped"] == report["proved"]
    assert "NOT CHECKED" in loanwatch("audit", "verify", entries, *files)


def test_an_incident_is_drafted_and_goes_out_as_a_person_reports_it(audited, loanwatch, tmp_path):
    audited.trouble(HealthKind.BROKEN_TOTALS, "core:repayment/2026-05-27")
    until(lambda: loanwatch("audit", "held", "--json"))
    (held,) = loanwatch("audit", "held", "--json")
    said = {"regime": "DORA", "severity": "major", "summary": "half a file was sent"}
    file = tmp_path / "incident.json"
    file.write_text(json.dumps(loanwatch("audit", "draft", held["held_id"]) | said))
    loanwatch("audit", "incident", str(file))

    until(lambda: kinds(audited, "INCIDENT"))
    (record,) = kinds(audited, "INCIDENT")
    assert record.payload["draft"]["scope"] == "core:repayment/2026-05-27"
    assert record.payload["due"].keys() == {"initial_latest"}
    assert loanwatch("audit", "held", "--json") == []
    assert "expected the id of a draft" in loanwatch("audit", "draft", held["held_id"], code=2)


def test_a_days_file_has_a_manifest_and_is_verified_by_itself(audited, loanwatch, tmp_path):
    day = audited.entries()[0].record.logged_at[:10]
    made = loanwatch("audit", "export", str(tmp_path / "out"), "--day", day, "--json")
    file, heads, manifest = made["made"]
    body = json.loads((tmp_path / "out" / f"{day}.manifest.json").read_text())["body"]

    assert body["count"] == made["entries"]
    assert body["counts"]["TIER_CHANGE"] == audited.expected()
    report = loanwatch("audit", "verify", file, "--head", heads, "--manifest", manifest, "--json")
    assert report["findings"] == []


def test_a_proof_holds(audited, loanwatch):
    proof = loanwatch("audit", "proof", "5", "--old-size", "10")
    body, leaf = proof["head"]["body"], bytes.fromhex(proof["entry"]["leaf"])
    root, size = bytes.fromhex(body["root"]), body["tree_size"]

    path = [bytes.fromhex(each) for each in proof["inclusion"]]
    assert proves_inclusion(root, size, 4, leaf, path)
    assert proof["entry"]["record"]["seq"] == 5
    grown = [bytes.fromhex(each) for each in proof["consistency"]]
    assert not proves_consistency(root, 10, root, size, grown)
    assert "expected a record up to" in loanwatch("audit", "proof", "100000", code=2)


def test_acknowledging_with_a_gap_is_told_to_health(audited, loanwatch):
    loanwatch("audit", "ack", "20", "--consumer", "regulator")
    until(lambda: loanwatch("audit", "status", "--json")["acked"] == {"regulator": 20})
    loanwatch("audit", "ack", "30", "--consumer", "regulator", "--from", "25")

    def told():
        return [
            json.loads(value)
            for number in range(audited.settings.partitions)
            for value in audited.raw("health", number)
        ]

    until(told)
    assert [(each["kind"], each["message"]) for each in told()] == [
        ("feed_gap", "expected regulator to go on with record 21, got 25")
    ]


def test_what_is_held_goes_out_when_somebody_signs(audited, loanwatch):
    audited.publish(warning("brw_1", 9_000, 30, "F04"))
    until(lambda: loanwatch("audit", "held", "--json"))
    (held,) = loanwatch("audit", "held", "--json")
    loanwatch("audit", "release", held["held_id"], "--action", "recalled")

    until(lambda: kinds(audited, "FUND_MISUSE"))
    (record,) = kinds(audited, "FUND_MISUSE")
    assert record.payload["released_by"] == "trial-compliance"
    assert loanwatch("audit", "held", "--json") == []


def test_an_erased_borrower_is_gone_and_the_log_still_holds(audited, loanwatch, tmp_path):
    before = loanwatch("audit", "export", str(tmp_path / "before"), "--json")["entries"]
    loanwatch("audit", "erase", "brw_1", "--legal-basis", "asked, and no duty to keep")
    until(lambda: kinds(audited, "RELEASE"))
    made = loanwatch("audit", "export", str(tmp_path / "after"), "--json")
    report = loanwatch("audit", "verify", made["made"][0], "--head", made["made"][1], "--json")

    assert made["entries"] == before + 1
    assert report["findings"] == []
    assert report["erased"] >= len(audited.sent["brw_1"]) > 0


def test_a_case_is_told_as_it_was_known(audited, loanwatch, tmp_path):
    mine = audited.sent["brw_1"]
    middle = mine[len(mine) // 2]
    made = loanwatch("case", "export", "brw_1", "--as-of", middle.at, "--out", str(tmp_path / "c"))
    pack = json.loads((tmp_path / "c" / "brw_1.json").read_text())

    assert len(made["made"]) == 2
    assert pack["body"]["decisions"]["then"] == len(mine) // 2 + 1
    assert pack["body"]["tier"][0]["tier"] == middle.tier_change.to
    text = CONTEXT + canonical(pack["body"])
    assert fits(loanwatch("audit", "key").strip(), pack["signature"], text)
    assert "expected a borrower" in loanwatch(
        "case", "export", "brw_nobody", "--as-of", middle.at, "--out", str(tmp_path), code=2
    )
