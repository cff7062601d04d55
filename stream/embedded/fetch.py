"""Fetching pinned jars with `jgo`, a Maven client in Python.

Only verified files reach the caller's folder. jgo downloads in place, trusts a cut-off file at
the next call and merely warns of a wrong checksum; so it works in a folder aside, and the check
and the move are done here. It answers every HTTP status but 200 with one RuntimeError.
"""

import logging
import os
import shutil
import ssl
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stream.embedded.errors import BrokerError
from stream.embedded.maven import hide_login, repository
from stream.embedded.pins import Pin, sha256

if TYPE_CHECKING:
    from jgo.maven import Artifact

_ATTEMPTS = 3
_PAUSE_S = 0.5
_THREADS = 6
_TIMEOUT_S = 30

_log = logging.getLogger(__name__)


def fetch(pins: Sequence[Pin], folder: Path) -> None:
    """Fetch `pins` into `folder`, replacing what is there.

    Raises:
        BrokerError: If the repository cannot be reached, refuses, or sends something else.
    """
    from jgo.maven import MavenContext  # noqa: PLC0415 - only a first start needs it

    url = repository()
    source = hide_login(url) if url else "Maven's central repository"
    stage = folder / "stage"
    shutil.rmtree(stage, ignore_errors=True)  # of a run that was killed
    remote_repos = {"mirror": url} if url else None
    context = MavenContext(repo_cache=stage, timeout=_TIMEOUT_S, remote_repos=remote_repos)
    _log.warning("fetching %d Kafka jars (45 MB, once) from %s", len(pins), source)
    try:
        with _trusting_the_machines_cas():
            _fetch_all(
                [(pin, context.create_dependency(pin.coordinate).artifact) for pin in pins], folder
            )
    except (OSError, _RefusedError) as error:
        raise BrokerError(_advice(source, error)) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


class _RefusedError(Exception):
    """The repository answered, but not with the file."""


def _fetch_all(jobs: Sequence[tuple[Pin, "Artifact"]], folder: Path) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for job in as_completed([pool.submit(_fetch_one, *job, folder) for job in jobs]):
                job.result()
        finally:
            pool.shutdown(cancel_futures=True)  # after a failure, forty others would time out too


def _fetch_one(pin: Pin, artifact: "Artifact", folder: Path) -> None:
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            path = artifact.resolve()
            if pin.fits(path):
                path.replace(folder / pin.file_name)
                return
            wrong = sha256(path)
        except RuntimeError as error:
            raise _RefusedError(str(error)) from None
        except OSError:
            if not attempts_left:
                raise
        if artifact.cached_path:
            artifact.cached_path.unlink(missing_ok=True)
        time.sleep(_PAUSE_S)
    raise BrokerError(
        f"expected {pin.coordinate} with SHA-256 {pin.sha256}, found {wrong}: "
        "a damaged download, or a mirror that was tampered with"
    )


@contextmanager
def _trusting_the_machines_cas() -> Iterator[None]:
    """Let jgo trust whom OpenSSL and pip trust here, a company's own CA among them.

    requests, which it uses, looks only into its own list and this variable.
    """
    cas = _machines_cas()
    if not cas or "REQUESTS_CA_BUNDLE" in os.environ:
        yield
        return
    os.environ["REQUESTS_CA_BUNDLE"] = cas
    try:
        yield
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]


def _machines_cas() -> str | None:
    """Return the file or folder of the CAs trusted here: `PIP_CERT`, `SSL_CERT_FILE`, OpenSSL's."""
    paths = ssl.get_default_verify_paths()
    folder = paths.capath if paths.capath and any(Path(paths.capath).iterdir()) else None
    return os.environ.get("PIP_CERT") or paths.cafile or folder


def _advice(source: str, error: Exception) -> str:
    cause = hide_login(str(error))
    if isinstance(error, _RefusedError):
        why = "it refused or lacks a file (login, mirror?)"
    elif "CERTIFICATE_VERIFY_FAILED" in cause:
        why = "its certificate is not trusted: set SSL_CERT_FILE to your company's CA file"
    else:
        why = "no connection (HTTPS_PROXY is honoured)"
    return (
        f"could not fetch Kafka from {source}: {why}; a mirror is set by LOANWATCH_MAVEN_URL or "
        "in Maven's settings; without a network copy the cache folder (LOANWATCH_CACHE) from "
        f"another machine, or use a running cluster (KAFKA_BOOTSTRAP); cause: {cause[:300]}"
    )
