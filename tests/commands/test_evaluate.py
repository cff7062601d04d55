"""`loanwatch evaluate`: options and what a person sees."""

import json

import pytest
from typer.testing import CliRunner

from stream.commands.evaluate import app
from stream.commands.simulate import app as simulate
from stream.sources.control_file import ControlFileError

LABELS = "borrower_id,label\nbrw_sim7n00000,1\nbrw_sim7n00001,0\nbrw_sim7n00002,0\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    book, labels = folder / "book.jsonl", folder / "labels.csv"
    done = CliRunner().invoke(
        simulate, ["--out", str(book), "--borrowers", "3", "--days", "12", "--json"]
    )
    assert done.exit_code == 0, done.output
    labels.write_text(LABELS, encoding="utf-8")
    return book, labels


def run(files, *args):
    book, labels = files
    return CliRunner().invoke(app, [str(book), "--labels", str(labels), *args, "--draws", "3"])


def test_it_prints_who_was_scored_and_a_row_for_each_voice(files):
    result = run(files)

    assert result.exit_code == 0
    assert "everybody: 1 bad, 2 good" in result.stdout
    assert all(f"tier {name}" in result.stdout for name in ("mild", "moderate", "severe"))


def test_as_json_each_number_has_its_interval_and_each_cut_its_answer(files):
    report = json.loads(run(files, "--json", "--check-look-ahead").stdout)
    (mild,) = [each for each in report["voices"] if each["name"] == "mild"]

    assert report["strata"][0]["bad"] == 1
    assert set(mild["recall"]) == {"value", "low", "high"}
    assert [each["looks_ahead"] for each in report["cuts"]] == [False] * 3


def test_what_the_simulator_declares_governs_the_evaluation(tmp_path):
    """Nobody is missed in a calm book: with its feeds declared all dates are verified."""
    book, labels, controls = (tmp_path / name for name in ("book", "labels", "controls"))
    made = CliRunner().invoke(
        simulate,
        [
            *("--out", str(book), "--labels", str(labels), "--controls", str(controls)),
            *("--borrowers", "3", "--days", "5", "--stories", "none", "--regular", "--feeds"),
        ],
    )
    result = run((book, labels), "--controls", str(controls), "--json")

    assert made.exit_code == 0, made.output
    assert [json.loads(line)["kind"] for line in controls.read_text().splitlines()] == [
        "sources",
        "calendar",
    ]
    assert result.exit_code == 0, result.output


def test_controls_that_are_none_are_refused(files, tmp_path):
    controls = tmp_path / "controls"
    controls.write_text("{}\n", encoding="utf-8")
    result = run(files, "--controls", str(controls))

    assert isinstance(result.exception, ControlFileError)


def test_a_file_of_labels_that_does_not_exist_is_refused(files):
    result = run((files[0], files[1].with_name("none.csv")))

    assert result.exit_code == 2
    assert "--labels" in result.stderr
