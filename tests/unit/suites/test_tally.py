"""A record of another suite's run is read back as it was written."""

from tests.suites.tally import Ended


def test_the_end_of_a_test_is_read_from_a_record() -> None:
    line = {"test": "tests/a.py::test_b", "outcome": "passed", "error": "", "asked": True}
    ended = Ended.from_json(line)
    assert (ended.test, ended.outcome, ended.error, ended.asked) == ("tests/a.py::test_b", "passed", "", True)
