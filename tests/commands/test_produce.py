"""`loanwatch produce`: what is refused before a record is sent."""

import pytest
from typer.testing import CliRunner

from stream.commands.produce import app


@pytest.mark.parametrize("speed", ["0", "-1", "inf", "nan", "fast"])
def test_a_speed_is_a_number_above_zero_or_max(tmp_path, speed):
    file = tmp_path / "book.jsonl"
    file.touch()
    result = CliRunner().invoke(app, [str(file), "--speed", speed])

    assert result.exit_code == 2
    assert f"expected a number above 0 or `max`, got `{speed}`" in result.stderr


def test_a_file_that_is_not_there_is_said(tmp_path):
    result = CliRunner().invoke(app, [str(tmp_path / "none.jsonl")])

    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr
