# ruff: noqa: RUF001 - Chinese is tested
"""The Chinese front end: what is read, and where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.normalise import SIGNS, WORDS, normalise
from rules.parse import reserved


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param("当（１２ ≥ ３）", "when(12 >= 3)", id="full-width signs and digits"),
        pytest.param("近7天", "over 7days", id="a number between words"),
        pytest.param("近 7 天", "over 7 days", id="a number with spaces"),
        pytest.param("近千天", "近千天", id="a word that only begins like one of the language"),
        pytest.param("且或", "且或", id="two words need a space"),
        pytest.param("名称 “当（），”", 'name "当（），"', id="texts are left alone"),
        pytest.param('名称 “a"', 'name "a"', id="a text closed by the other quote"),
        pytest.param("# 当（\n当", "# 当（\nwhen", id="comments are left alone"),
        pytest.param("¥3，000", "¥3,000", id="an amount"),
        pytest.param("还款。状态", "还款.状态", id="names are left to the checker"),
        pytest.param("plain when x >= 3", "plain when x >= 3", id="English passes through"),
    ],
)
def test_reads(typed, read):
    assert normalise(typed).text == read


@given(st.text(alphabet=[*SIGNS, *"".join(WORDS), *'abc 7"\n“”#'], max_size=40))
def test_every_character_knows_where_it_stood(typed):
    text, offsets = normalise(typed)

    assert len(offsets) == len(text) + 1
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(typed) for offset in offsets)


@given(st.text(max_size=60).filter(lambda text: text.isascii()))
def test_plain_text_is_not_touched(typed):
    assert normalise(typed).text == typed


def test_words_are_read_as_words_of_the_language():
    """Units, functions, tiers and states are no reserved words, but they are closed sets."""
    closed = {
        "days", "hours", "minutes", "weeks", "count", "sum", "avg", "min", "max", "distinct",
        "streak", "first", "last", "ratio", "share", "mild", "moderate", "severe", "missing", "known", "ready",
    }  # fmt: skip
    assert set(WORDS.values()) <= reserved() | closed
