"""Which Maven repository the jars come from, and how its address is shown.

Maven's own habit is followed: a company's mirror, where one is set up, stands in for the
central repository. Without one the answer is `None`, which leaves the choice to `jgo`: its
default is the central repository, and so no registry's address stands in this project
(docs/decisions/0010).
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

from stream.embedded.errors import BrokerError
from stream.settings import Settings

_MIRRORS_CENTRAL = frozenset({"*", "central", "external:*"})


def repository() -> str | None:
    """Return the address of the company's repository, login included, or None for the default.

    `LOANWATCH_MAVEN_URL` wins; next comes the first `<mirror>` of the central repository in
    Maven's settings (`~/.m2/settings.xml`), with its `<server>` login.

    Raises:
        BrokerError: If the settings are not XML, or the login is encrypted by Maven.
    """
    if url := Settings.from_env().maven_url:
        return url.rstrip("/")
    path = Path.home() / ".m2" / "settings.xml"
    if not path.exists():
        return None
    settings = _read(path)
    for mirror in settings.iter("mirror"):
        if _stands_for_central(_text(mirror, "mirrorOf")):
            login = _login(settings.iter("server"), _text(mirror, "id"))
            return _text(mirror, "url").rstrip("/").replace("://", f"://{login}", 1)
    return None


def hide_login(text: str) -> str:
    """Return `text` with the login in every address replaced.

    >>> hide_login("no answer from https://ann:pa55@mirror.example/maven")
    'no answer from https://***@mirror.example/maven'
    """
    return re.sub(r"//[^/@\s]+@", "//***@", text)


def _read(path: Path) -> ET.Element:
    try:
        text = re.sub(r'\sxmlns="[^"]*"', "", path.read_text(encoding="utf-8"), count=1)
        return ET.fromstring(text)  # noqa: S314 - the user's own settings, read as Maven would
    except ET.ParseError as error:
        raise BrokerError(f"expected Maven settings in {path}, found broken XML: {error}") from None


def _stands_for_central(mirror_of: str) -> bool:
    names = {name.strip() for name in mirror_of.split(",")}
    return "!central" not in names and not names.isdisjoint(_MIRRORS_CENTRAL)


def _login(servers: Iterable[ET.Element], mirror_id: str) -> str:
    for server in servers:
        if _text(server, "id") == mirror_id and (user := _text(server, "username")):
            password = _text(server, "password")
            if re.fullmatch(r"\{.+\}", password):
                raise BrokerError(
                    f"the password of Maven server `{mirror_id}` is encrypted, which only Maven "
                    "can read: set LOANWATCH_MAVEN_URL to the mirror's address with its login"
                )
            return f"{quote(user, safe='')}:{quote(password, safe='')}@"
    return ""


def _text(element: ET.Element, tag: str) -> str:
    """Return a child's text, `${env.NAME}` replaced as Maven does."""
    text = (element.findtext(tag) or "").strip()
    return re.sub(r"\$\{env\.(\w+)\}", lambda name: os.environ.get(name[1], ""), text)
