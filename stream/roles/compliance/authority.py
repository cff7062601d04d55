"""A time-stamp authority (RFC 3161) as a witness: nobody can have it say another time later."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates

from stream.record.stamps import StampRefusedError, asked, stamped_text, token_of
from stream.roles.compliance.handing import append, posted, received
from stream.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


class AuthorityWitness:
    """Has a time-stamp authority stamp each head, and appends both to a file.

    Args:
        url: Of the authority; what it answers is signed, so it need not be HTTPS.
        roots: The file with the certificates to one of which the authority's must lead.
        path: The file that is appended to.

    Raises:
        SettingsError: If the address is none, or there are no certificates.
    """

    def __init__(self, url: str, roots: Path | None, path: Path) -> None:
        self.name = "authority"
        self._url, self._path = urlsplit(url), path
        if self._url.scheme not in {"http", "https"} or not self._url.hostname:
            raise SettingsError(f"LOANWATCH_AUTHORITY_URL: expected an address, got `{url}`")
        if roots is None:
            raise SettingsError("LOANWATCH_AUTHORITY_ROOT_FILE: expected with an authority")
        try:
            self._roots = load_pem_x509_certificates(roots.read_bytes())
        except (OSError, ValueError) as error:
            raise SettingsError(f"LOANWATCH_AUTHORITY_ROOT_FILE: {roots}: {error}") from None

    def take(self, head: bytes) -> None:
        """Have it stamped, check the stamp, and append it."""
        text = stamped_text(head)
        request = asked(text)
        answer = posted(self._url, request.as_bytes(), "application/timestamp-query")
        try:
            token = token_of(answer, request, text, self._roots)
        except StampRefusedError as error:
            raise OSError(str(error)) from error
        line = b'{"head":%b,"received_at":"%b","token":"%b"}\n'
        append(self._path, line % (head, received(), base64.b64encode(token)))
