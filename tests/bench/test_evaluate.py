"""`make evaluate`: the plot, the tables, the upper mark, and sets that are not there."""

import random
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from bench import evaluate
from bench.boosting import upper_mark
from bench.plot import curves
from bench.sets import SETS, DataSet, Read
from bench.tables import table_of
from stream.evaluate.bootstrap import Estimate
from stream.evaluate.marks import Marks
from stream.sources.labels import Label
from tests.evaluate.lender import contract, day_ms, paid

NAN = float("nan")


def test_a_plot_is_sound_and_has_a_curve_and_a_name_for_each():
    line = np.array([0.0, 0.5, 1.0])
    svg = curves("a < b", {"one": (line, line), "two & three": (line, line**2)}, frozenset({"one"}))
    root = ET.fromstring(svg)  # noqa: S314 - our own
    ns = "{http://www.w3.org/2000/svg}"

    assert len(root.findall(f"{ns}polyline")) == 2
    assert "two & three" in [each.text for each in root.iter(f"{ns}text")]
    assert root.find(f"{ns}title").text == "a < b"


def test_a_table_has_a_dash_where_there_is_no_number():
    nothing = dict.fromkeys(Marks._fields, Estimate(NAN, NAN, NAN))
    marks = nothing | {"auc": Estimate(0.7, 0.6, 0.8), "recall": Estimate(0.25, 0.1, 0.4)}
    rows = table_of({"voice": marks}, false_share=0.19).splitlines()

    assert rows[0].startswith("| voice | AUC | recall at 0.19 |")
    assert rows[2].startswith("| voice | 0.700 [0.600, 0.800] | - | 25.0 [10.0, 40.0] | - |")


@pytest.mark.parametrize("judged", [100, 300], ids=["by those before", "by the others"])
def test_the_upper_mark_learns_from_others_alone(judged):
    rng = random.Random(1)
    xs = [(rng.random(), rng.random()) for _ in range(300)]
    is_bad = np.array([x > 0.7 for x, _ in xs])
    found = upper_mark(xs, is_bad, judged=judged)
    bad = is_bad[-judged:]

    assert len(found) == judged
    assert found[bad].min() > found[~bad].mean()


def test_its_own_label_never_makes_its_mark():
    rng = random.Random(2)
    xs = [(rng.random(), rng.random()) for _ in range(200)]
    is_bad = np.array([x > 0.7 for x, _ in xs])
    changed = is_bad ^ (np.arange(200) >= 150)

    assert list(upper_mark(xs, is_bad, judged=50)) == list(upper_mark(xs, changed, judged=50))


def test_a_set_that_is_not_there_is_skipped_and_said_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["evaluate", "--data", str(tmp_path), "--only", SETS[0].name])
    evaluate.main()

    assert f"skipped: no folder `{SETS[0].name}`" in capsys.readouterr().err


def lent(_folder):
    """Forty borrowers; the bad ones pay less and less."""
    names = [f"b{i}" for i in range(40)]
    labels = [
        Label(f"brw_{name}", int(i % 4 == 0), until_ms=day_ms(60), outcome_ms=day_ms(60))
        for i, name in enumerate(names)
    ]
    records = [contract(name) for name in names]
    for day in range(0, 56, 4):
        for i, name in enumerate(names):
            minor = 10_000 + 100 * (day * i % 7)
            records.append(paid(name, day, minor // 9 if i % 4 == 0 and day > 36 else minor))
    return Read(records, labels)


@pytest.mark.parametrize("with_rules", [False, True], ids=["detectors", "and rules"])
def test_a_set_becomes_tables_and_a_plot(tmp_path, capsys, monkeypatch, with_rules):
    monkeypatch.setattr(evaluate, "DRAWS", 20)
    of = DataSet("lent", lent, "none", false_share=0.2)
    evaluate.evaluate(of, tmp_path, tmp_path, with_rules=with_rules)
    said = capsys.readouterr().out
    rows = {line.split(" | ")[0].strip("| "): line for line in said.splitlines()}

    assert "40 borrowers, 10 bad; numbers of all 40." in said
    assert {"suite", "amount", "D8", "D8 without lateness", "boosting"} <= set(rows)
    assert ("suite or a tier" in rows) is with_rules
    assert float(rows["amount"].split(" | ")[1].split()[0]) > 0.8
    assert "| good ones warned of, % |" in said or "good ones warned of, %" in rows
    assert ET.parse(tmp_path / "evaluation-lent.svg").getroot().tag.endswith("svg")  # noqa: S314
