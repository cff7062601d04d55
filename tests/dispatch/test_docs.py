"""docs/dispatch.md says what every refusal means."""

from pathlib import Path

import pytest

from stream.dispatch.refusals import Reason
from stream.roles.dispatch.openapi import OF_HTTP

PAGE = (Path(__file__).parents[2] / "docs" / "dispatch.md").read_text()


@pytest.mark.parametrize("reason", [*OF_HTTP, *(reason.value for reason in Reason)])
def test_every_refusal_is_explained_in_a_table(reason):
    tables = [line for line in PAGE.splitlines() if line.startswith("|")]

    assert any(f"`{reason}`" in line for line in tables)
