"""The likely cause among a server's last lines."""

import pytest

from localcloud.machine.servers import likely_cause


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["a", "PANIC: x: No space left on device", "FATAL: later", "end"], "PANIC: x: No space left on device"),
        (["a", "FATAL: first", "  FATAL: last", "end"], "FATAL: last"),
        (["a", "end"], "end"),
        ([], "it printed nothing"),
    ],
)
def test_the_likely_cause_is_about_the_disk_or_fatal_or_the_last(lines: list[str], told: str) -> None:
    assert likely_cause(lines) == told
