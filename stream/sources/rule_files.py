"""Rule files of a folder: the texts of a rule set, by name."""

from pathlib import Path
from typing import Final

PATTERN: Final = "*.ewl"


class RuleFilesError(ValueError):
    """A path that holds no rules."""


def read_rule_files(path: Path) -> dict[str, str]:
    """Return the text of a rule file, or of every one below a folder, by its path in there.

    Raises:
        RuleFilesError: If a folder has none.
    """
    files = sorted(path.rglob(PATTERN)) if path.is_dir() else [path]
    if not files:
        raise RuleFilesError(f"expected rule files ({PATTERN}) in {path}, found none")
    root = path if path.is_dir() else path.parent
    return {file.relative_to(root).as_posix(): file.read_text("utf-8") for file in files}
