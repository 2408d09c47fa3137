"""Groups of test files that one worker runs, and the tests that the entries of the Makefile choose."""

import re
from pathlib import Path

import pytest

from tests.scheduling import GROUP_OF

PROJECT = Path(__file__).parents[2]


def test_every_file_of_a_group_exists() -> None:
    assert [file for file in GROUP_OF if not (PROJECT / file).is_file()] == []


@pytest.mark.parametrize("entry", ["test", "test-tree", "test-unit"])
def test_what_runs_at_every_change_leaves_out_what_takes_long(entry: str) -> None:
    command = re.search(rf"^{entry}: .*\n\t(.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert command and '-m "not long and not full"' in command[1]
