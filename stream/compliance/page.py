"""A complaint pack as a page that people read: HTML without scripts, Chinese and English.

Every text from the outside is escaped. The page says what the signed JSON says, and which file
that is: it proves nothing by itself.
"""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "td,th{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "th{background:#eee}h2{margin-top:2rem}.then{color:#555}"
)
TIERS: Final = {
    "none": "none / 无",
    "mild": "mild / 轻度",
    "moderate": "moderate / 中度",
    "severe": "severe / 重度",
}
Row = Iterable[Any]


def page_of(pack: dict[str, Any], *, signed_file: str) -> str:
    """Return the page of a pack, as `pack_of` makes it."""
    title = f"What was known of {pack['borrower_id']} / 当时已知情况"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>As of / 截至 <b>{escape(pack['as_of'])}</b>; made / 制作于 {escape(pack['made_at'])};"
        f" signed data / 签名数据: {escape(signed_file)}</p>",
        _section("Tier", "风险等级", ("legal entity", "tier", "since"), map(_tier, pack["tier"])),
        _section(
            "Open warnings",
            "有效预警",
            ("since", "rule", "tier", "reason", "measures"),
            map(_warning, pack["open_warnings"]),
        ),
        _section(
            "How the tier changed",
            "等级变化",
            ("at", "from, to", "cause", "reason", "measures", "ends when"),
            map(_change, pack["changes"]),
        ),
        _section(
            "Contacts proposed, deferred, refused",
            "催收触发",
            ("at", "what", "due", "reason", "guards"),
            map(_trigger, pack["triggers"]),
        ),
        _section(
            "What people and systems did",
            "处理记录",
            ("at", "kind", "about", "detail"),
            map(_noted, pack["noted"]),
        ),
        _section(
            "Rules and parameters in force",
            "生效规则与参数",
            ("since", "subject", "record", "author, approver", "digest"),
            map(_control, pack["in_force"]),
        ),
        _section(
            "What came out later, and was not known then",
            "事后更正(当时未知)",
            ("at", "kind", "cause", "reason"),
            map(_correction, pack["later"]),
        ),
    ]
    return (
        '<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _section(title: str, zh: str, head: Row, rows: Iterable[Row]) -> str:
    body = "".join(_row(row, "td") for row in rows)
    if not body:
        return f"<h2>{escape(title)} / {escape(zh)}</h2><p>nothing / 无</p>"
    return f"<h2>{escape(title)} / {escape(zh)}</h2><table>{_row(head, 'th')}{body}</table>"


def _row(cells: Row, tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{_cell(cell)}</{tag}>" for cell in cells) + "</tr>"


def _cell(value: Any) -> str:
    lines = value if isinstance(value, list) else [value]
    return "<br>".join(escape("" if line is None else str(line)) for line in lines)


def _text(text: dict[str, str]) -> list[str]:
    return [text["zh"], text["en"]]


def _measures(of: Iterable[dict[str, Any]]) -> list[str]:
    return [
        " ".join(
            str(each[name]) for name in ("name", "value", "unit", "threshold") if each.get(name)
        )
        for each in of
    ]


def _tier(each: dict[str, Any]) -> Row:
    return each["legal_entity"], TIERS.get(each["tier"], each["tier"]), each["since"]


def _warning(each: dict[str, Any]) -> Row:
    rule = each["rule"]
    version = f"{rule['name']}, {rule['ruleset']} {rule['ruleset_version']}"
    tier = TIERS.get(each["tier"], each["tier"])
    return (
        each["detected_at"],
        [version, rule["fingerprint"]],
        tier,
        _text(each["reason"]),
        _measures(each.get("measures", ())),
    )


def _change(each: dict[str, Any]) -> Row:
    move = [TIERS.get(each["from"], each["from"]), TIERS.get(each["to"], each["to"])]
    measures = [*each.get("measures", ())]
    for warning in each.get("warnings", ()):
        measures += warning.get("measures", ())
    return (
        each["at"],
        move,
        each["cause"],
        _text(each["reason"]),
        _measures(measures),
        _text(each["clears_when"]),
    )


def _trigger(each: dict[str, Any]) -> Row:
    due = each["amount_due"]
    guards = [
        f"{guard['guard']}: {guard['answer']} ({guard['legal_basis']})"
        for guard in each.get("guards", ())
    ]
    what = f"{each['op']} {each['action']} {each['channel']}"
    amount = f"{due['amount_minor']} {due['currency']} (minor units / 最小货币单位)"
    return each["at"], what, amount, _text(each["reason"]), guards


def _noted(each: dict[str, Any]) -> Row:
    return each["at"], each["kind"], each["about"], each["detail"]


def _control(each: dict[str, Any]) -> Row:
    people = f"{each['author']}, {each['approver']}"
    return each["since"], each["subject"], each["record_id"], people, each["digest"]


def _correction(each: dict[str, Any]) -> Row:
    said = each["said"]
    return each["at"], each["kind"], said["cause"], _text(said["reason"])
