"""Every setting of loanwatch: its name, type, default and meaning, declared once.

Settings come from the environment and from nowhere else. The table in `docs/runbook.md` is
checked against this module, so a setting without a sentence there fails the tests.

Secrets are never values here: a setting names the file that holds one, so that neither a list
of processes nor a log line can show it. Nothing is read but the environment; the files and the
hosts named here are opened by those who use them.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field

OUR_PREFIX: Final = "LOANWATCH_"


class SettingsError(ValueError):
    """A setting that cannot be taken; the message is for the person who set it."""


class Sort(NamedTuple):
    """A kind of value: what is expected, in words, and how its text is read."""

    expected: str
    read: Callable[[str], Any]


def _matching(pattern: str) -> Callable[[str], str]:
    """Return a reader that takes what matches all of `pattern`."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return read


def _integer(low: int, high: int) -> Sort:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return Sort(f"an integer from {low} to {high}", read)


def _one_of(*words: str) -> Sort:
    return Sort(f"one of {', '.join(words)}", _matching("|".join(map(re.escape, words))))


_TEXT = Sort("a text", str)
_PATH = Sort("a path", Path)
_NAME = Sort("letters, digits, `.`, `_`, `-`, at most 100 of them", _matching(r"[\w.-]{1,100}"))
_HOSTS = Sort("host:port, several joined by commas", _matching(r"[^\s,:]+:\d+(,[^\s,:]+:\d+)*"))
_PORT = _integer(0, 65_535)


def _setting(env: str, sort: Sort, default: Any, meaning: str) -> Any:  # Any: as dataclasses.field
    return field(default=default, metadata={"env": env, "sort": sort, "meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process is told from outside.

    Examples:
        >>> Settings.from_env({"KAFKA_BOOTSTRAP": "broker:9092"}).kafka_bootstrap
        'broker:9092'
        >>> Settings.from_env({"LOANWATCH_METRICS_PORT": "http"})
        Traceback (most recent call last):
        ...
        stream.settings.SettingsError: LOANWATCH_METRICS_PORT: expected an integer ... got `http`
    """

    kafka_bootstrap: str = _setting(
        "KAFKA_BOOTSTRAP", _HOSTS, "127.0.0.1:9092", "Brokers to ask for the cluster."
    )
    kafka_security: str = _setting(
        "LOANWATCH_KAFKA_SECURITY",
        _one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        "PLAINTEXT",
        "Protocol of the brokers' listener.",
    )
    kafka_mechanism: str = _setting(
        "LOANWATCH_KAFKA_MECHANISM",
        _one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        "SCRAM-SHA-512",
        "How to log in where the protocol is one of SASL.",
    )
    kafka_user: str = _setting("LOANWATCH_KAFKA_USER", _TEXT, "", "User of the SASL login.")
    kafka_password_file: Path | None = _setting(
        "LOANWATCH_KAFKA_PASSWORD_FILE", _PATH, None, "File whose first line is the password."
    )
    kafka_ca_file: Path | None = _setting(
        "LOANWATCH_KAFKA_CA_FILE", _PATH, None, "CA certificates (PEM) that signed the brokers'."
    )
    redis_url: str = _setting(
        "REDIS_URL", _TEXT, "redis://127.0.0.1:6379/0", "Redis or Valkey of the desk's read model."
    )
    topic_prefix: str = _setting(
        "LOANWATCH_TOPIC_PREFIX",
        _NAME,
        "",
        "Put before every topic, group and transactional id, so that houses can share a cluster.",
    )
    partitions: int = _setting(
        "LOANWATCH_PARTITIONS",
        _integer(1, 1024),
        4,
        "Partitions of the journal and of every topic keyed like it; fixed for the journal's life.",
    )
    replication: int = _setting(
        "LOANWATCH_REPLICATION", _integer(1, 9), 1, "Copies of every topic: 3 in production."
    )
    data_dir: Path = _setting(
        "LOANWATCH_DATA_DIR", _PATH, Path("var"), "Folder of the embedded parts, keys and caches."
    )
    trust: Path | None = _setting(
        "LOANWATCH_TRUST",
        _PATH,
        None,
        "Public keys of who may sign what; `keys/trust.json` in the data folder if not set.",
    )
    tenant: str = _setting(
        "LOANWATCH_TENANT", _NAME, "lender", "The lender's name in the compliance feed."
    )
    jurisdiction: str = _setting(
        "LOANWATCH_JURISDICTION", _NAME, "CN", "Whose rules the compliance feed answers to."
    )
    record_key: Path | None = _setting(
        "LOANWATCH_RECORD_KEY_FILE",
        _PATH,
        None,
        "Private key (PEM) that signs the record; `keys/record.pem` in the data folder if not set.",
    )
    witness_file: Path | None = _setting(
        "LOANWATCH_WITNESS_FILE", _PATH, None, "File that heads of the record are appended to."
    )
    witness_url: str = _setting(
        "LOANWATCH_WITNESS_URL", _TEXT, "", "A partner's address (HTTPS) that takes heads."
    )
    authority_url: str = _setting(
        "LOANWATCH_AUTHORITY_URL", _TEXT, "", "A time-stamp authority (RFC 3161) that stamps heads."
    )
    authority_root: Path | None = _setting(
        "LOANWATCH_AUTHORITY_ROOT_FILE",
        _PATH,
        None,
        "Certificates (PEM) to one of which the authority's must lead; needed with its address.",
    )
    authority_stamps: Path | None = _setting(
        "LOANWATCH_AUTHORITY_STAMPS_FILE",
        _PATH,
        None,
        "File that heads and their time stamps are appended to; `stamps.jsonl` in the data folder"
        " if not set.",
    )
    instance: str = _setting(
        "LOANWATCH_INSTANCE",
        _NAME,
        "",
        "This worker's name among those of its role (static membership); empty: none.",
    )
    metrics_host: str = _setting(
        "LOANWATCH_METRICS_HOST", _TEXT, "127.0.0.1", "Address that serves metrics and health."
    )
    metrics_port: int = _setting(
        "LOANWATCH_METRICS_PORT", _PORT, 0, "Port that serves metrics and health; 0: a free one."
    )
    log_level: str = _setting(
        "LOANWATCH_LOG_LEVEL",
        _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "INFO",
        "Least level of a log line that is written.",
    )
    dispatch_host: str = _setting(
        "LOANWATCH_DISPATCH_HOST", _TEXT, "127.0.0.1", "Address at which permits are asked for."
    )
    dispatch_port: int = _setting(
        "LOANWATCH_DISPATCH_PORT", _PORT, 0, "Port at which permits are asked for; 0: a free one."
    )
    executors: Path | None = _setting(
        "LOANWATCH_EXECUTORS",
        _PATH,
        None,
        "File of who may ask for permits (docs/dispatch.md); without one nobody may.",
    )
    pager: Path | None = _setting(
        "LOANWATCH_PAGER",
        _PATH,
        None,
        "File of who is rung, and when (docs/pager.md); without one nobody is.",
    )
    stale_s: int = _setting(
        "LOANWATCH_STALE_S",
        _integer(5, 600),
        30,
        "Seconds: with an older checkpointed tick of a partition its permits are refused.",
    )
    permit_s: int = _setting(
        "LOANWATCH_PERMIT_S", _integer(1, 900), 60, "Seconds for which a permit is good."
    )
    permits_per_minute: int = _setting(
        "LOANWATCH_PERMITS_PER_MINUTE",
        _integer(0, 1_000_000),
        60,
        "Most permits within a minute, of all partitions; each has its share.",
    )
    permits_per_hour: int = _setting(
        "LOANWATCH_PERMITS_PER_HOUR",
        _integer(0, 1_000_000),
        1_000,
        "Most permits within an hour, of all partitions; each has its share.",
    )
    requests_per_s: int = _setting(
        "LOANWATCH_REQUESTS_PER_S",
        _integer(1, 100_000),
        50,
        "Most requests that one executor may make within a second.",
    )
    desk_host: str = _setting(
        "LOANWATCH_DESK_HOST", _TEXT, "127.0.0.1", "Address at which the desk listens."
    )
    desk_port: int = _setting(
        "LOANWATCH_DESK_PORT", _PORT, 8060, "Port at which the desk listens; 0: a free one."
    )
    desk_url: str = _setting(
        "LOANWATCH_DESK_URL",
        Sort("http(s)://host, perhaps with a port", _matching(r"https?://[^\s/?#]+")),
        "",
        "Where browsers find the desk, if that is not where it listens: behind a proxy with TLS.",
    )
    desk_users: Path | None = _setting(
        "LOANWATCH_DESK_USERS",
        _PATH,
        None,
        "File of local users of a trial; `desk/users.json` in the data folder if not set.",
    )
    desk_key: Path | None = _setting(
        "LOANWATCH_DESK_KEY_FILE",
        _PATH,
        None,
        "Private key (PEM) by which the desk signs; `keys/trial-desk.pem` in the data folder"
        " if not set.",
    )
    desk_persons: Path | None = _setting(
        "LOANWATCH_DESK_PERSONS",
        _PATH,
        None,
        "File of invented persons by token, by which a trial's desk resolves tokens.",
    )
    oidc_issuer: str = _setting(
        "LOANWATCH_OIDC_ISSUER",
        _TEXT,
        "",
        "OpenID Connect provider at which people sign in; then there are no local users.",
    )
    oidc_client: str = _setting("LOANWATCH_OIDC_CLIENT", _TEXT, "", "Our client id there.")
    oidc_secret_file: Path | None = _setting(
        "LOANWATCH_OIDC_SECRET_FILE", _PATH, None, "File whose first line is our secret there."
    )
    oidc_claim: str = _setting(
        "LOANWATCH_OIDC_CLAIM", _NAME, "groups", "Claim of the identity that names groups."
    )
    oidc_classes: str = _setting(
        "LOANWATCH_OIDC_CLASSES",
        Sort(
            "group=CLASS, several joined by commas",
            _matching(r"[^=,\s]+=[A-Z_]+(,[^=,\s]+=[A-Z_]+)*"),
        ),
        "",
        "Which group is which class of operators; others may not come in.",
    )
    tick_ms: int = _setting(
        "LOANWATCH_TICK_MS",
        _integer(20, 60_000),
        1_000,
        "Milliseconds from one look of the ticker at the clocks and feeds to the next.",
    )
    maven_url: str = _setting(
        "LOANWATCH_MAVEN_URL",
        _TEXT,
        "",
        "Mirror to fetch the embedded broker's jars from; empty: as Maven's own settings say.",
    )
    cache: Path | None = _setting(
        "LOANWATCH_CACHE",
        _PATH,
        None,
        "Folder of the embedded broker's jars; `loanwatch` in the user's cache folder if not set.",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings from `environ`, by default the process's; an empty text is unset.

        Raises:
            SettingsError: If a value cannot be read, or if a variable is not a setting but so
                close to one that it must be a slip.
        """
        environ = os.environ if environ is None else environ
        _refuse_slips(environ)
        given = {f.name: _read(f, environ[_env(f)]) for f in fields(cls) if environ.get(_env(f))}
        return cls(**given)

    def to_env(self) -> dict[str, str]:
        """Return the variables that make a child process read the same settings.

        >>> Settings(partitions=8).to_env()
        {'LOANWATCH_PARTITIONS': '8'}
        """
        return {
            _env(f): str(getattr(self, f.name))
            for f in fields(self)
            if getattr(self, f.name) != f.default
        }

    @property
    def trust_file(self) -> Path:
        """The trust file in use."""
        return self.trust or self.data_dir / "keys" / "trust.json"

    @property
    def record_key_file(self) -> Path:
        """The key in use that signs the record."""
        return self.record_key or self.data_dir / "keys" / "record.pem"

    @property
    def authority_stamps_file(self) -> Path:
        """The file in use that time stamps are appended to."""
        return self.authority_stamps or self.data_dir / "stamps.jsonl"

    @property
    def desk_users_file(self) -> Path:
        """The file of local users in use."""
        return self.desk_users or self.data_dir / "desk" / "users.json"

    @property
    def desk_key_file(self) -> Path:
        """The key in use by which the desk signs."""
        return self.desk_key or self.data_dir / "keys" / "trial-desk.pem"

    @property
    def cache_dir(self) -> Path:
        """The folder of what can be fetched again, shared by all data folders of a user."""
        user_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return self.cache or user_cache / "loanwatch"


def described() -> list[tuple[str, str, str, str]]:
    """Return (variable, default, expectation, meaning) of each setting: docs are tested on it."""
    return [
        (_env(f), "" if f.default is None else str(f.default), _sort(f).expected, _meaning(f))
        for f in fields(Settings)
    ]


def _env(f: Field[Any]) -> str:
    return str(f.metadata["env"])


def _sort(f: Field[Any]) -> Sort:
    sort: Sort = f.metadata["sort"]
    return sort


def _meaning(f: Field[Any]) -> str:
    return str(f.metadata["meaning"])


def _read(f: Field[Any], text: str) -> Any:
    try:
        return _sort(f).read(text)
    except ValueError:
        raise SettingsError(f"{_env(f)}: expected {_sort(f).expected}, got `{text}`") from None


def _refuse_slips(environ: Mapping[str, str]) -> None:
    """Refuse variables that are almost a setting; others with our prefix are somebody else's.

    (Kubernetes, for one, sets `LOANWATCH_..._SERVICE_HOST` for a service of such a name.)
    """
    known = [_env(f) for f in fields(Settings)]
    for name in environ:
        if name.startswith(OUR_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if near:
                raise SettingsError(f"`{name}` is not a setting: did you mean `{near[0]}`?")
