"""Small files in the layouts of the public data sets, packed as they are."""

import lzma

import pytest

from schemas.envelope import decode
from stream.sources.records import TYPE_OF, line


@pytest.fixture
def table(tmp_path):
    """What writes a packed table into a folder; rows are dicts with the same keys."""

    def write(name, rows, *, without=()):
        names = [each for each in rows[0] if each not in without]
        lines = [",".join(names), *(",".join(row[each] for each in names) for row in rows)]
        with lzma.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return tmp_path

    return write


@pytest.fixture
def decoded():
    """What turns records into envelopes, as ingest reads them; one that is none raises."""
    return lambda records: [
        decode(line(record, TYPE_OF[type(record.data)]).rstrip()) for record in records
    ]
