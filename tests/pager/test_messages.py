# ruff: noqa: RUF001 - Chinese has its own punctuation
"""What outputs are sent: the vendors' forms, and no more than tokens and sentences."""

import base64
import hmac
import json
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from stream.pager import messages
from stream.pager.rings import Ring
from stream.pager.silence import SAY_AGAIN_MS, Silence
from tests.pager.test_rings import DUE_MS, case

SECRET = b"a secret of the robot"


def said(left=5, desk_url="https://desk.example/", **fields):
    return messages.of_ring(Ring("page 1", case(**fields), "night", left), desk_url)


def test_it_says_who_why_until_when_and_where_to_look():
    found = said()

    assert found.title == "severe, not acknowledged, 5 min left: brw_1"
    assert found.text.splitlines() == [
        "payee changed",
        "严重预警未确认，剩余5分钟：收款人变更",
        "case brw_1/default/1, to be acknowledged by 2026-09-21T14:13:20.000Z",
        "https://desk.example/#/cases/brw_1%2Fdefault%2F1",
    ]


def test_it_says_that_it_is_late_and_that_it_is_simulated():
    assert said(-3).title == "severe, not acknowledged, 3 min overdue: brw_1"
    assert said(simulated=True).title.startswith("SIMULATED: ")
    assert "模拟：" in said(simulated=True).text


def test_a_webhook_is_signed_over_time_and_body():
    post = messages.webhook(said(), "https://x.example/ring", SECRET, DUE_MS)
    mac = hmac.new(SECRET, str(DUE_MS).encode() + b"." + post.body, sha256).hexdigest()

    assert post.headers["Loanwatch-Signature"] == f"v1={mac}"
    assert post.headers["Idempotency-Key"] == "page%201"
    assert json.loads(post.body).keys() == {"page_id", "title", "text"}


def test_dingtalk_gets_time_and_signature_in_the_address():
    post = messages.dingtalk(said(), "https://x.example/robot/send?access_token=t", SECRET, DUE_MS)
    query = parse_qs(urlsplit(post.url).query)
    text = f"{DUE_MS}\n{SECRET.decode()}".encode()

    assert query["access_token"] == ["t"]
    assert query["timestamp"] == [str(DUE_MS)]
    assert base64.b64decode(query["sign"][0]) == hmac.new(SECRET, text, sha256).digest()
    assert json.loads(post.body)["msgtype"] == "text"


def test_wecom_gets_a_text():
    body = json.loads(messages.wecom(said(), "https://x.example/").body)

    assert body["text"]["content"].startswith("severe, not acknowledged")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b'{"errcode":0,"errmsg":"ok"}', "", id="taken"),
        pytest.param(b'{"errcode":310000}', "errcode 310000", id="refused"),
        pytest.param(b"<html>", "expected the answer of a robot, got something else", id="other"),
        pytest.param(b"{}", "errcode None", id="says nothing"),
    ],
)
def test_a_robot_that_answers_200_may_have_refused(body, why):
    assert messages.refusal(body) == why


def test_a_mail_has_a_subject_of_one_line():
    mail = messages.mail(said(), "watch@x.example", ("a@x.example", "b@x.example"))

    assert mail["To"] == "a@x.example, b@x.example"
    assert "brw_1" in mail["Subject"]


def test_silence_is_said_at_once_and_again_while_it_lasts():
    silence = Silence(0, 60_000)
    assert silence.trouble(60_000, desk_answers=True) == ""

    assert silence.trouble(61_000, desk_answers=True) == "no tick of the monitor for 61 s"
    assert silence.is_to_be_said(61_000)
    silence.was_said(61_000)
    assert not silence.is_to_be_said(61_000 + SAY_AGAIN_MS - 1)
    assert silence.is_to_be_said(61_000 + SAY_AGAIN_MS)

    silence.hear(100_000)
    assert silence.trouble(101_000, desk_answers=True) == ""
    assert silence.trouble(102_000, desk_answers=False) == "the desk does not answer"
    assert silence.since_ms == 102_000
    assert silence.is_to_be_said(102_000), "another silence is said anew"


def test_a_tick_that_comes_late_does_not_make_it_older():
    silence = Silence(0, 60_000)
    silence.hear(100_000)
    silence.hear(50_000)

    assert silence.trouble(150_000, desk_answers=True) == ""
