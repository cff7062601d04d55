"""The pager's outputs, as they are reached: HTTP and SMTP."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from stream import clock
from stream.pager import messages
from stream.pager.config import DingTalk, Email, PagerError, Webhook, WeCom

if TYPE_CHECKING:
    from stream.pager.config import Output
    from stream.pager.messages import Post, Said

WITHIN_S: Final = 10.0


class Outlets:
    """All outputs of a file by name; secrets are read once, at the start.

    Raises:
        PagerError: If a secret cannot be read.
    """

    def __init__(self, outputs: tuple[Output, ...], client: httpx.AsyncClient) -> None:
        self._client = client
        self._outputs = {each.name: each for each in outputs}
        self._files = {path: read_line(path) for each in outputs for path in _files_of(each)}

    async def send(self, name: str, said: Said) -> str:
        """Ring one output; return what went wrong, nothing if it took it."""
        output, now_ms = self._outputs[name], clock.now_ms()
        match output:
            case Webhook():
                secret = self._secret(output.secret_file)
                return await self._post(messages.webhook(said, output.url, secret, now_ms))
            case DingTalk():
                secret = self._secret(output.secret_file)
                url = self._files[output.url_file]
                return await self._post(messages.dingtalk(said, url, secret, now_ms), robot=True)
            case WeCom():
                url = self._files[output.url_file]
                return await self._post(messages.wecom(said, url), robot=True)
            case Email():
                return await asyncio.to_thread(self._mail, output, said)

    def _secret(self, path: str) -> bytes:
        return self._files[path].encode()

    async def _post(self, post: Post, *, robot: bool = False) -> str:
        try:
            answer = await self._client.post(
                post.url, content=post.body, headers=post.headers, timeout=WITHIN_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        if not answer.is_success:
            return f"status {answer.status_code}"
        return messages.refusal(answer.content) if robot else ""

    def _mail(self, output: Email, said: Said) -> str:
        host, _, port = output.host.partition(":")
        try:
            with smtplib.SMTP(host, int(port), timeout=WITHIN_S) as server:
                if output.starttls:
                    server.starttls(context=ssl.create_default_context())
                if output.user:
                    server.login(output.user, self._files[output.password_file])
                server.send_message(messages.mail(said, output.sender, output.to))
        except (OSError, smtplib.SMTPException) as error:
            return type(error).__name__
        return ""


def _files_of(output: Output) -> list[str]:
    match output:
        case Webhook():
            return [output.secret_file]
        case DingTalk():
            return [output.url_file, output.secret_file]
        case WeCom():
            return [output.url_file]
        case Email():
            return [output.password_file] if output.user else []


def read_line(path: str) -> str:
    """Return the first line of a file that holds a secret.

    Raises:
        PagerError: If it cannot be read, or is empty.
    """
    try:
        line = Path(path).read_text(encoding="utf-8").partition("\n")[0].strip()
    except OSError as error:
        raise PagerError(f"expected a secret in {path}: {error.strerror}") from error
    if not line:
        raise PagerError(f"expected a secret in the first line of {path}")
    return line
