"""The README's first screen is true."""

import re
from pathlib import Path

import rules

README = Path(__file__).parent.parent / "README.md"
HEAD = 'ruleset readme version 1\n  timezone "Asia/Shanghai"\nend\n'


def test_its_rule_loads_and_is_as_short_as_it_says():
    text = README.read_text("utf-8")
    (rule,) = re.findall(r"^    rule .*?^    end$", text, re.MULTILINE | re.DOTALL)

    (loaded,) = rules.load({"README.md": HEAD + rule + "\n"}).rules

    assert loaded.name == "nsf_twice"
    assert len(rule.splitlines()) == 6


def test_its_folders_are_there():
    text = README.read_text("utf-8")

    folders = re.findall(r"^\| `(\w+)/`", text, re.MULTILINE)

    assert {"schemas", "rules", "detectors", "stream", "tests", "docs"} <= set(folders)
    assert all((README.parent / folder).is_dir() for folder in folders)
