"""The page's pure functions, called in the browser that will run them."""

import pytest

from tests.browser.book import Book
from tests.browser.stand_in import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser):
    """The page at its door, for all of this module."""
    with serving(Book(0)) as address:
        page = browser.new_page()
        page.goto(address)
        yield page
        page.close()


CALL = "async ([path, name, given]) => (await import(path))[name](...given)"
UNITS = {"d": "d", "h": "h", "m": "m", "s": "s"}
S, M, H, D = 1_000, 60_000, 3_600_000, 86_400_000
AT = 1_795_374_480_000  # 2026-11-22T19:08:00Z


@pytest.mark.parametrize(
    ("module", "name", "given", "expected"),
    [
        pytest.param("format", "duration", [0, UNITS], "0 s", id="nothing"),
        pytest.param("format", "duration", [8 * S + 999, UNITS], "8 s", id="not rounded up"),
        pytest.param("format", "duration", [9 * M + 5 * S, UNITS], "9 m 5 s", id="seconds count"),
        pytest.param("format", "duration", [52 * M + 59 * S, UNITS], "52 m", id="seconds do not"),
        pytest.param("format", "duration", [4 * H + 52 * M, UNITS], "4 h 52 m", id="hours"),
        pytest.param("format", "duration", [4 * H, UNITS], "4 h", id="whole hours"),
        pytest.param("format", "duration", [2 * D + 59 * M, UNITS], "2 d", id="whole days"),
        pytest.param("format", "duration", [-3 * H, UNITS], "3 h", id="sign is the caller's"),
        pytest.param("format", "coarse", [2 * H + 59 * M, UNITS], "2 h", id="one unit"),
        pytest.param("format", "clock", [AT, "UTC"], "19:08", id="utc"),
        pytest.param("format", "clock", [AT, "Asia/Shanghai"], "03:08", id="local"),
        pytest.param("format", "day", [AT, "Asia/Shanghai"], "2026-11-23", id="the local day"),
        pytest.param("format", "offset", [AT, "Asia/Kolkata"], "+05:30", id="half hours"),
        pytest.param("format", "offset", [AT, "UTC"], "+00:00", id="no offset"),
        pytest.param("format", "bothClocks", [AT, AT, "Asia/Shanghai"], "19:08 UTC · 03:08 +08:00", id="both"),
        pytest.param("format", "bothClocks", [AT - D, AT, "UTC"], "11-21 19:08 UTC · 11-21 19:08 +00:00", id="another day"),
        pytest.param("format", "money", [862_500, "CNY", "en-GB"], "CNY 8,625", id="two decimals"),
        pytest.param("format", "money", [8_625, "JPY", "en-GB"], "JPY 8,625", id="no decimals"),
        pytest.param("format", "money", [8_625_000, "KWD", "en-GB"], "KWD 8,625", id="three decimals"),
        pytest.param("format", "template", ["{a} of {b}", {"a": 1, "b": 2}], "1 of 2", id="filled"),
        pytest.param("format", "template", ["{a}", {"a": "{b}", "b": "x"}], "{b}", id="filled once"),
        pytest.param("scales", "roundUp", [0], 1, id="an empty scale"),
        pytest.param("scales", "roundUp", [7_001], 8_000, id="up to round"),
        pytest.param("scales", "roundUp", [8_000], 8_000, id="round stays"),
        pytest.param("search", "matches", [{"case_id": "brw_1/d/1", "reason": {"en": "Mandate", "zh": ""}}, " mandate "], True, id="found"),
        pytest.param("search", "matches", [{"case_id": "brw_1/d/1", "reason": {"en": "", "zh": ""}}, ""], False, id="nothing asked"),
    ],
)  # fmt: skip
def test_a_pure_function(page, module, name, given, expected):
    folder = "pages/" if module == "search" else ""

    assert page.evaluate(CALL, [f"/js/{folder}{module}.js", name, given]) == expected


EVENTS = 'id: 7\nevent: case\ndata: {"a":1}\n\n: alive\n\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n'
FED = """async ([text, cuts]) => {
  const { parser } = await import('/js/events.js');
  const got = [];
  const feed = parser((event) => got.push(event));
  let from = 0;
  for (const cut of [...cuts, text.length]) { feed(text.slice(from, cut)); from = cut; }
  return got;
}"""


@pytest.mark.parametrize("cuts", [[], [1], [3, 4, 20], list(range(1, 40))])
def test_events_are_read_wherever_the_line_is_cut(page, cuts):

    assert page.evaluate(FED, [EVENTS, cuts]) == [
        {"id": "7", "kind": "case", "data": '{"a":1}'},
        {"id": "8", "kind": "message", "data": "x\ny"},
    ]
