"""The command line: what is loaded, what an error looks like, what a bug looks like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from stream import cli
from stream.settings import SettingsError

HEAVY = ("faust", "confluent_kafka", "river", "lark", "msgspec")


def loanwatch(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def command(monkeypatch):
    """Put a command `try` in the place of all, which does what it is given."""

    def put(does):
        app = typer.Typer()
        app.command()(does)
        monkeypatch.setattr(cli, "COMMANDS", {"try": cli.Entry("up", "Try.")})
        monkeypatch.setattr("stream.commands.up.app", app)

    return put


def test_the_list_of_commands_loads_none_of_them():
    program = (
        "import sys\nfrom stream import cli\n"
        "try:\n    cli.main(['--help'])\n"
        f"finally:\n    print('loaded', [m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "loaded []"


def test_an_error_of_ours_is_one_line_and_exit_code_2():
    done = loanwatch("worker", "monitor", LOANWATCH_PARTITIONS="none")

    assert done.returncode == 2
    assert done.stderr == (
        "error: LOANWATCH_PARTITIONS: expected an integer from 1 to 1024, got `none`\n"
    )


def test_the_error_of_a_command_is_written_where_no_program_reads_results(command, capsys):
    def fail():
        raise SettingsError("expected this, got `that`")

    command(fail)
    with pytest.raises(SystemExit) as end:
        cli.main(["try"])

    assert end.value.code == cli.EXIT_ERROR
    assert capsys.readouterr() == ("", "error: expected this, got `that`\n")


def test_a_file_that_is_not_there_is_named(command, capsys):
    def fail():
        Path("no/such/trust.json").read_bytes()

    command(fail)
    with pytest.raises(SystemExit):
        cli.main(["try"])

    assert capsys.readouterr().err == "error: no/such/trust.json: no such file or directory\n"


def test_a_bug_keeps_its_traceback(command):
    def fail():
        raise KeyError("nobody's message")

    command(fail)
    with pytest.raises(KeyError):
        cli.main(["try"])


def test_a_command_that_is_not_there_says_so():
    done = loanwatch("replya", "x")

    assert done.returncode == 2
    assert "replya" in done.stderr


def test_the_version_is_the_project_s():
    assert loanwatch("--version").stdout == "loanwatch 0.1.0\n"
