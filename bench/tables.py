"""Marks as a table in Markdown, each with its interval."""

from collections.abc import Mapping
from math import isnan

from stream.evaluate.bootstrap import Estimate

Column = tuple[str, int, int]
"""What stands above, by how much a number is multiplied, and its digits."""


def _columns(false_share: float) -> dict[str, Column]:
    return {
        "auc": ("AUC", 1, 3),
        "recall_at": (f"recall at {false_share:g}", 1, 3),
        "recall": ("alarms: recall %", 100, 1),
        "false_share": ("good warned of %", 100, 1),
        "precision": ("precision %", 100, 1),
        "rate": ("per 100 good a month", 1, 2),
        "lead_median": ("lead, days", 1, 0),
        "lead_p10": ("a tenth below", 1, 0),
        "early": ("recall before DPD 1 %", 100, 1),
    }


def table_of(marks: Mapping[str, Mapping[str, Estimate]], *, false_share: float) -> str:
    """Return a row for each voice; a dash where there is no number."""
    columns = _columns(false_share)
    rows = [f"| voice | {' | '.join(head for head, _, _ in columns.values())} |"]
    rows.append("|---" * (len(columns) + 1) + "|")
    for voice, of in marks.items():
        is_silent = of["recall"].value == 0 and of["false_share"].value == 0
        cells = (
            "-" if is_silent and mark not in ("auc", "recall_at") else _cell(of[mark], column)
            for mark, column in columns.items()
        )
        rows.append(f"| {voice} | {' | '.join(cells)} |")
    return "\n".join([*rows, ""])


def _cell(of: Estimate, column: Column) -> str:
    _, times, digits = column
    if isnan(of.value):
        return "-"
    value, low, high = (f"{each * times:.{digits}f}" for each in of)
    return f"{value} [{low}, {high}]"
