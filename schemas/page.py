"""`page.v1`: somebody was rung about a case, so that he is not rung for it again.

The topic `pages` is the pager's own memory: compacted, a record each ring.
"""

import msgspec


class Page(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="schema", tag="page.v1"
):
    """One ring that an output has taken; `at` is when."""

    page_id: str
    case_id: str
    output: str
    at: str


def page_id(case_id: str, ack_due_at: str, minutes_left: int, output: str) -> str:
    """Return the id of a ring: one a case, deadline, level and output.

    Examples:
        >>> page_id("brw_31c/default/1", "2026-01-02T00:00:00Z", 5, "night")
        'brw_31c/default/1|2026-01-02T00:00:00Z|5|night'
    """
    return f"{case_id}|{ack_due_at}|{minutes_left}|{output}"
