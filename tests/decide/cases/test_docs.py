"""docs/cases.md says what the code does: the orders, and what each takes."""

from pathlib import Path

from schemas.operators import RIGHT_OF_ORDER

PAGE = (Path(__file__).parents[3] / "docs" / "cases.md").read_text("utf-8")


def test_every_order_stands_there_with_its_right():
    table = PAGE[PAGE.index("| order |") :].partition("\n\n")[0].splitlines()[2:]
    cells = [[each.strip().strip("`") for each in line.strip("|").split("|")] for line in table]

    assert {row[0]: row[1] for row in cells} == {
        kind: may.value for kind, may in RIGHT_OF_ORDER.items()
    }
