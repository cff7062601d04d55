"""Rule files by name, from a file or a folder."""

import pytest

from stream.sources.rule_files import RuleFilesError, read_rule_files


def test_a_folder_gives_every_rule_file_below_it(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "b.ewl").write_text("b", "utf-8")
    (tmp_path / "more" / "a.ewl").write_text("a", "utf-8")
    (tmp_path / "notes.txt").write_text("no rules", "utf-8")

    assert read_rule_files(tmp_path) == {"b.ewl": "b", "more/a.ewl": "a"}
    assert read_rule_files(tmp_path / "b.ewl") == {"b.ewl": "b"}


def test_a_folder_without_rules_is_an_error_that_names_it(tmp_path):
    with pytest.raises(RuleFilesError, match=rf"expected rule files .* in {tmp_path}, found none"):
        read_rule_files(tmp_path)
