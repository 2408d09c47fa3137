"""Groups of test files that one worker runs."""

from pathlib import Path

from tests.scheduling import GROUP_OF

PROJECT = Path(__file__).parents[2]


def test_every_file_of_a_group_exists() -> None:
    assert [file for file in GROUP_OF if not (PROJECT / file).is_file()] == []
