"""Labels: written as they are read, and refused where they cannot be."""

import pytest

from stream.sources.labels import Label, LabelFileError, read_labels, write_labels

LABELS = [
    Label("brw_1", 1, until_ms=1_000, outcome_ms=2_000, lead_days=30, stratum="a"),
    Label("brw_2", 0),
]


def test_labels_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "labels.csv"
    with path.open("w", encoding="utf-8") as file:
        assert write_labels(LABELS, file) == 2

    assert read_labels(path) == LABELS


def test_a_file_of_two_columns_will_do(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("label,borrower_id\n1,brw_1\n", encoding="utf-8")

    assert read_labels(path) == [Label("brw_1", 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("borrower_id\nbrw_1\n", "expected the column `label`", id="no label"),
        pytest.param("borrower_id,label\nbrw_1,yes\n", "line 2: expected 1 for bad", id="a word"),
        pytest.param(
            "borrower_id,label\nbrw_1,1\nbrw_1,0\n", "each borrower once .*`brw_1`", id="twice"
        ),
        pytest.param(
            "borrower_id,label,until\nbrw_1,1,2020-01-01T00:00:00\n",
            "line 2: expected an instant with a zone",
            id="no zone",
        ),
    ],
)
def test_what_is_no_label_is_refused_with_its_place(tmp_path, text, told):
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LabelFileError, match=told):
        read_labels(path)
