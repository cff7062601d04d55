"""`loanwatch simulate`: the file, the list of what was planted, the report."""

import csv
import json

import pytest
from typer.testing import CliRunner

from stream.commands.simulate import app


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_it_writes_the_file_the_list_and_what_it_did(tmp_path):
    out, planted = tmp_path / "book.jsonl", tmp_path / "planted.csv"
    result = run(
        *("--out", out, "--planted", planted, "--borrowers", 12, "--days", 14, "--json"),
        *("--start", "2026-03-02"),
    )
    report = json.loads(result.stdout)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    with planted.open(newline="") as file:
        listed = list(csv.DictReader(file))

    assert result.exit_code == 0
    assert sum(report["written"].values()) == len(lines)
    assert sum(report["planted"].values()) == len(listed) > 0
    assert min(line["time"] for line in lines) == "2026-03-01T16:00:00.000Z"


def test_the_same_options_write_the_same_bytes(tmp_path):
    files = [tmp_path / name for name in ("a", "b")]
    for file in files:
        run("--out", file, "--seed", 5, "--borrowers", 3, "--days", 2)

    first, second = (file.read_bytes() for file in files)
    assert first == second != b""


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("--days", "0"), id="no day"),
        pytest.param(("--borrowers", "100001"), id="too many"),
        pytest.param(("--seed", "-1"), id="a negative seed"),
        pytest.param(("--start", "yesterday"), id="no date"),
    ],
)
def test_what_is_out_of_range_is_refused_and_nothing_written(tmp_path, wrong):
    out = tmp_path / "book.jsonl"
    result = run("--out", out, *wrong)

    assert result.exit_code == 2
    assert wrong[0] in result.stderr
    assert not out.exists()


def test_truth_labels_and_stories_are_written_beside_the_events(tmp_path):
    truth, labels, planted = (tmp_path / name for name in ("truth", "labels", "planted"))
    result = run(
        *("--out", tmp_path / "book", "--borrowers", 12, "--days", 20),
        *("--stories", "type_ii_limit,payee_changed", "--planted", planted),
        *("--truth", truth, "--labels", labels),
    )
    rows = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    with labels.open(newline="") as file:
        bad = [row for row in csv.DictReader(file) if row["label"] == "1"]
    with planted.open(newline="") as file:
        cases = {row["case"] for row in csv.DictReader(file)}

    assert result.exit_code == 0, result.output
    assert len(rows) == 2 * 12 * 20
    assert len(bad) == 1
    assert cases == {"type_ii_limit", "payee_changed"}


def test_regular_shops_are_told_of_by_one_source(tmp_path):
    sources = {}
    for name, options in (("regular", ["--regular"]), ("lifelike", [])):
        run("--out", tmp_path / name, "--borrowers", 8, "--days", 3, *options)
        lines = (tmp_path / name).read_text("utf-8").splitlines()
        sources[name] = {json.loads(line)["source"] for line in lines}

    assert sources["regular"] == {"simulator"}
    assert len(sources["lifelike"]) == 6
