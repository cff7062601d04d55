"""Finds what looks like personal data in the parts of a record that no schema declares.

Unknown fields are ignored by design (they may be of a newer version), so a name or a card
number could ride along unseen. A field is suspect by its name, or by a value of the shape of a
card number, an identity number, a telephone number or an e-mail address (domain.md 5.5).
"""

import re
from collections.abc import Iterator
from typing import Any

# fmt: off
SUSPECT_NAMES = frozenset(
    {
        "name", "full_name", "first_name", "last_name", "surname", "id_number", "id_no",
        "id_card", "identity_card", "passport", "phone", "phone_number", "mobile",
        "telephone", "tel", "email", "e_mail", "address", "street", "pan", "card_no",
        "card_number", "cardholder", "holder_name", "bank_account_no", "iban", "remark",
        "remarks", "memo", "free_text", "birth_date", "birthday", "date_of_birth", "sex",
        "gender", "姓名", "身份证", "身份证号", "手机", "手机号", "电话", "地址", "卡号",
    }
)
# fmt: on

_SHAPES = (
    re.compile(r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"),
    re.compile(r"^[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]$"),
    re.compile(r"^(\+?86)?[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$"),
    re.compile(r"^\+[1-9]\d{7,14}$"),
)
_WITHIN = tuple(
    re.compile(rf"(?<![0-9A-Za-z_]){shape.pattern[1:-1]}(?![0-9A-Za-z_])") for shape in _SHAPES
)
"""The same within a text; a token that happens to have such digits is none."""

_CARD_WITHIN = re.compile(r"(?<![0-9A-Za-z_])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z_])")
_CARD = re.compile(r"^\d(?:[ -]?\d){12,18}$")


def find(value: Any, path: str) -> str | None:
    """Return the path of the first suspect field at or below `path`, or `None`.

    Args:
        value: A decoded JSON value that no schema declares.
        path: Where it stands, as `$.data.x`; its last part is the field's name.

    Examples:
        >>> find({"holder": {"phone": "x"}}, "$.data.extra")
        '$.data.extra.holder.phone'
        >>> find({"weather": "rain"}, "$.data.extra") is None
        True
    """
    return next(_suspects(value, path), None)


def is_in_words(text: str) -> bool:
    """Whether something in what a person wrote has the shape of personal data.

    Names and addresses have no shape: they are found by people, not here.

    Examples:
        >>> is_in_words("called 13800138000 twice"), is_in_words("shop closed until 2026-12-24")
        (True, False)
    """
    return any(shape.search(text) for shape in _WITHIN) or any(
        _luhn([int(c) for c in found.group() if c.isdigit()])
        for found in _CARD_WITHIN.finditer(text)
    )


def _suspects(value: Any, path: str) -> Iterator[str]:
    name = path.rpartition(".")[2].rstrip("[]0123456789").lower()
    if name in SUSPECT_NAMES and value not in (None, "", [], {}):
        yield path
    if isinstance(value, dict):
        for key, each in value.items():
            if _looks_personal(key):
                yield f"{path}.*"
            yield from _suspects(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _suspects(each, f"{path}[{index}]")
    elif _looks_personal(str(value)):
        yield path


def _looks_personal(text: str) -> bool:
    return any(shape.match(text) for shape in _SHAPES) or bool(
        _CARD.match(text) and _luhn([int(c) for c in text if c.isdigit()])
    )


def _luhn(digits: list[int]) -> bool:
    """Whether the check digit fits: ISO/IEC 7812-1, annex B."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
