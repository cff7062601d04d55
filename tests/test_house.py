"""The house keeps its own rules: names, imports, docs, and what no file may say."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from stream import cli, metrics, settings

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "rules", "detectors", "stream", "desk")
BIN = Path(sys.executable).parent


def run(*command, cwd=ROOT, **options):
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120, **options
    )


@pytest.fixture(scope="module")
def files():
    """The text of every file of the project, by path; pictures have none."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    assert listed.returncode == 0, listed.stderr
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for path in paths
        if path.exists() and path.suffix != ".png"
    }


# --- names


@pytest.mark.parametrize("name", [*PACKAGES, "tests", "bench"])
def test_no_dependency_installs_a_package_of_our_name(name):
    """Ours stand at the top level, so another's would shadow them or be shadowed."""
    others = {
        distribution.metadata["Name"]
        for distribution in importlib.metadata.distributions()
        if distribution.metadata["Name"] != "loanwatch"
        and any(file.parts[0] == name for file in distribution.files or [])
    }

    assert others == set()


def test_every_package_has_a_sentence_that_says_what_it_is(files):
    packages = [
        path
        for path in files
        if path.partition("/")[0] in PACKAGES and path.endswith("/__init__.py")
    ]

    assert [path for path in packages if not ast.get_docstring(ast.parse(files[path]))] == []


def test_there_is_no_room_for_leftovers(files):
    leftovers = {"utils", "util", "common", "helpers", "lib", "misc"}

    assert [path for path in files if leftovers & set(Path(path).with_suffix("").parts)] == []


# --- the direction of imports

PLANTED = {
    "schemas/planted.py": "import stream.settings",
    "rules/planted.py": "import detectors",
    "detectors/planted.py": "import asyncio",
    "stream/decide/planted.py": "import stream.clock",
    "stream/intake/planted.py": "import confluent_kafka",
    "stream/journal/planted.py": "import stream.commands.up",
    "stream/desk_feed/planted.py": "import redis",
    "desk/planted.py": "import stream.settings",
    "stream/sources/planted.py": "import desk.api",
    "stream/roles/planted.py": "import desk.queue",
}


@pytest.fixture
def copy(tmp_path):
    """The packages and their configuration, in a place where things can be planted."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contracts_catch_what_is_planted(copy):
    """That they hold for the project itself is `make lint`; this is that they can fail."""
    for path, text in PLANTED.items():
        (copy / path).write_text(f'"""Planted."""\n\n{text}\n')

    done = run(BIN / "lint-imports", "--no-cache", cwd=copy)

    assert done.returncode == 1
    assert "5 broken" in done.stdout
    for path in PLANTED:
        module = path.removesuffix(".py").replace("/", ".")
        assert module in done.stdout, f"{module} was not caught"


def test_every_pure_room_that_is_built_is_in_the_contract():
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [pure] = [
        contract["source_modules"]
        for contract in configuration["tool"]["importlinter"]["contracts"]
        if contract["name"].startswith("what decides is pure")
    ]
    rooms = [
        "decide", "dispatch", "intake", "ledger", "crossing", "record", "compliance", "desk_feed",
        "pager",
    ]  # fmt: skip
    built = [f"stream.{room}" for room in rooms if (ROOT / "stream" / room).exists()]

    assert set(pure) == {"schemas", "rules", "detectors", *built}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import time\n\nx = time.time()\n", id="time.time"),
        pytest.param("from time import time_ns\n\nx = time_ns()\n", id="by another way"),
        pytest.param(
            "from datetime import datetime, UTC\n\nx = datetime.now(UTC)\n", id="datetime.now"
        ),
        pytest.param("import random\n\nx = random.random()\n", id="chance without a seed"),
        pytest.param("from uuid import uuid4\n\nx = uuid4()\n", id="an id out of nothing"),
    ],
)
def test_the_banned_names_are_banned(text):
    done = run(BIN / "ruff", "check", "--stdin-filename", "stream/decide/x.py", "-", input=text)

    assert "TID251" in done.stdout


# --- docs


@pytest.fixture(scope="module")
def runbook():
    return (ROOT / "docs" / "runbook.md").read_text()


@pytest.mark.parametrize(
    "row",
    [
        *(
            pytest.param(f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |", id=name)
            for name, default, _, meaning in settings.described()
        ),
        *(
            pytest.param(f"| `{name}` | {kind} | {text} |", id=name)
            for name, kind, text in metrics.described()
        ),
        *(
            pytest.param(f"| `loanwatch {name}` | {entry.does} |", id=name)
            for name, entry in cli.COMMANDS.items()
        ),
    ],
)
def test_the_runbook_has_a_row_for_each_setting_metric_and_command(runbook, row):
    assert row in runbook.splitlines()


def test_the_runbook_has_no_row_for_what_is_not_there(runbook):
    rows = re.findall(r"^\| `((?:loanwatch|LOANWATCH_)\w*(?: [\w-]+)?)` \|", runbook, re.MULTILINE)
    known = {
        *(name for name, *_ in settings.described()),
        *(name for name, *_ in metrics.described()),
        *(f"loanwatch {name}" for name in cli.COMMANDS),
    }

    assert set(rows) - known == set()


def test_links_between_our_pages_lead_somewhere(files):
    broken = [
        (page, target)
        for page, text in files.items()
        if page.endswith(".md")
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
        if not (ROOT / page).parent.joinpath(target).exists()
    ]

    assert broken == []


def test_every_command_explains_itself():
    for name in cli.COMMANDS:
        done = run(sys.executable, "-m", "stream.cli", name, "--help")

        assert done.returncode == 0, f"{name}: {done.stderr}"
        assert "Usage: loanwatch" in done.stdout


# --- what no file may say

ADDRESS = re.compile(
    r"https?://(?:[^/@\s]+@)?[^/\s]*(?:pypi|pythonhosted|npmjs|sonatype|goproxy)"
    r"|https?://repo\d*\.\w*\.?maven|--(?:extra-)?index-url",
    re.IGNORECASE,
)
MACHINE = re.compile(r"""(?<![\w.~$}/-])/(?:work|root|home/\w+|Users/\w+)(?=/|\b)(?!/\{)""")


def test_no_file_names_a_registry(files):
    assert {path: found[0] for path, text in files.items() if (found := ADDRESS.search(text))} == {}


def test_no_file_names_a_path_of_somebody_s_machine(files):
    assert {path: found[0] for path, text in files.items() if (found := MACHINE.search(text))} == {}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        # in pieces: this file may not say it either
        pytest.param(ADDRESS, "https://user:pw@" + "pypi.example.com/simple", id="a mirror"),
        pytest.param(ADDRESS, "pip install --" + "index-url x", id="an option that names one"),
        pytest.param(MACHINE, "see /" + "root/notes", id="root"),
        pytest.param(MACHINE, 'open("/' + 'home/ann/x")', id="a home"),
    ],
)
def test_what_no_file_may_say_would_be_found(pattern, text):
    assert pattern.search(text)


# --- the wheel


def test_the_wheel_carries_the_data_of_the_packages(tmp_path):
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr

    [wheel] = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix
        in {".css", ".csv", ".ewl", ".html", ".js", ".json", ".lark", ".lock", ".svg"}
    }
    assert "stream/embedded/kafka.lock" in data
    assert data - inside == set()
