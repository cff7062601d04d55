# ruff: noqa: RUF001 - Chinese has its own punctuation
"""What an output is sent: tokens and sentences, never personal data, and where to look.

DingTalk signs the minute (HMAC-SHA256 over the time in ms, a newline and the secret, keyed with the
secret), WeCom's address is its key; both answer 200 with `errcode` other than 0 when they refuse.
Sources: the two vendors' pages for developers, "custom robot security settings" and "group robot".
"""

import base64
import hmac
from email.message import EmailMessage
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import msgspec

from schemas.instants import wire
from stream.pager.rings import Ring


class Said(NamedTuple):
    """What a ring says: one line, some more, and the id under which it counts once."""

    key: str
    title: str
    text: str


class Post(NamedTuple):
    """One HTTP request."""

    url: str
    body: bytes
    headers: dict[str, str]


def of_ring(ring: Ring, desk_url: str | None) -> Said:
    """Return what is said of a case that waits."""
    case, left = ring.case, ring.minutes_left
    when = f"{left} min left" if left >= 0 else f"{-left} min overdue"
    when_zh = f"剩余{left}分钟" if left >= 0 else f"已超时{-left}分钟"
    mark, mark_zh = ("SIMULATED: ", "模拟：") if case.simulated else ("", "")
    title = f"{mark}severe, not acknowledged, {when}: {case.borrower_id}"
    lines = [
        f"{mark}{case.reason.en}",
        f"{mark_zh}严重预警未确认，{when_zh}：{case.reason.zh}",
        f"case {case.case_id}, to be acknowledged by {case.ack_due_at}",
    ]
    if desk_url:
        lines.append(f"{desk_url.rstrip('/')}/#/cases/{quote(case.case_id, safe='')}")
    return Said(ring.page_id, title, "\n".join(lines))


def of_silence(trouble: str, since_ms: int) -> Said:
    """Return what is said when the watch itself is silent."""
    since = wire(since_ms)
    text = f"{trouble}, since {since}\n监控自身静默，自{since}起：warnings may be missing"
    return Said(f"silence/{since}", f"loanwatch is silent: {trouble}", text)


def webhook(said: Said, url: str, secret: bytes, at_ms: int) -> Post:
    """Return the request of a plain webhook, signed as dispatch signs its pushes."""
    body = msgspec.json.encode({"page_id": said.key, "title": said.title, "text": said.text})
    mac = hmac.new(secret, str(at_ms).encode() + b"." + body, sha256).hexdigest()
    headers = {
        "Idempotency-Key": quote(said.key),
        "Loanwatch-Timestamp": str(at_ms),
        "Loanwatch-Signature": f"v1={mac}",
    }
    return _json(url, body, headers)


def dingtalk(said: Said, url: str, secret: bytes, at_ms: int) -> Post:
    """Return the request of a DingTalk robot."""
    mac = hmac.new(secret, f"{at_ms}\n".encode() + secret, sha256).digest()
    signature = quote_plus(base64.b64encode(mac))
    joined = f"{url}{'&' if '?' in url else '?'}timestamp={at_ms}&sign={signature}"
    return _json(joined, _as_text(said))


def wecom(said: Said, url: str) -> Post:
    """Return the request of a WeCom robot."""
    return _json(url, _as_text(said))


def mail(said: Said, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """Return the message of an e-mail."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = said.title, sender, ", ".join(to)
    message.set_content(said.text)
    return message


def refusal(body: bytes) -> str:
    """Return why a robot refused, nothing if it took the message."""
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "expected the answer of a robot, got something else"
    code = answer.get("errcode")
    return "" if code == 0 else f"errcode {code}"


def _as_text(said: Said) -> bytes:
    return msgspec.json.encode(
        {"msgtype": "text", "text": {"content": f"{said.title}\n{said.text}"}}
    )


def _json(url: str, body: bytes, headers: dict[str, str] | None = None) -> Post:
    return Post(url, body, {"Content-Type": "application/json", **(headers or {})})
