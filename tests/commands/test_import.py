"""`loanwatch import`: options and what a person sees; the adapters have tests of their own."""

import json
import lzma

import pytest
from typer.testing import CliRunner

from stream.commands.import_ import app
from stream.sources.imports.tables import ImportFileError
from stream.sources.imports.uci_taiwan import COLUMNS, FILE


@pytest.fixture
def folder(tmp_path):
    """The layout of the set with one client of nobody's."""
    row = dict.fromkeys(COLUMNS, "1")
    with lzma.open(tmp_path / FILE, "wt", encoding="utf-8") as file:
        file.write(f"{','.join(row)}\n{','.join(row.values())}\n")
    return tmp_path


def run_import(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def run(*args):
    return run_import("uci-taiwan", *args)


def borrowers(path):
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {line["data"]["borrower_id"] for line in lines if line["data"]}


def test_events_and_labels_are_written_under_the_same_tokens(folder):
    out, labels = folder / "out.jsonl", folder / "labels.csv"
    result = run(folder, "--out", out, "--labels", labels, "--json")
    report = json.loads(result.stdout)
    (labelled,) = (line.split(",") for line in labels.read_text("utf-8").splitlines()[1:])

    assert report["borrowers"] == 1
    assert report["written"]["repayment.v1"] == 18
    assert {labelled[0]} == borrowers(out)


def test_a_key_of_ones_own_gives_tokens_of_ones_own(folder):
    key = folder / "key"
    key.write_text("sixteen bytes or more\n")
    run(folder, "--out", folder / "public")
    run(folder, "--out", folder / "own", "--key-file", key)

    assert borrowers(folder / "public").isdisjoint(borrowers(folder / "own"))


def test_a_short_key_is_refused(folder):
    key = folder / "key"
    key.write_text("short\n")
    result = run(folder, "--out", folder / "out", "--key-file", key)

    assert result.exit_code == 2
    assert "expected a key of at least 16 bytes" in result.stderr
    assert not (folder / "out").exists()


def test_a_folder_without_the_set_is_said_before_anything_is_written(tmp_path):
    result = run(tmp_path, "--out", tmp_path / "out")

    assert isinstance(result.exception, ImportFileError)
    assert not (tmp_path / "out").exists()


ONLINE_RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def test_a_set_without_labels_has_no_option_for_them(tmp_path):
    with lzma.open(tmp_path / "online_retail.csv.xz", "wt", encoding="utf-8") as file:
        file.write(f"{ONLINE_RETAIL}\n1,S,THING,1,2011-07-01 08:26:00,2.55,,Nowhere\n")
    out = tmp_path / "out.jsonl"
    refused = run_import("online-retail", tmp_path, "--out", out, "--labels", tmp_path / "l.csv")
    done = run_import("online-retail", tmp_path, "--out", out, "--json")

    assert refused.exit_code == 2
    assert json.loads(done.stdout)["written"]["pos_clearing.v1"] == 1
