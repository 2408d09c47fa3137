"""The lock of one `up` or `down` at a time."""

from pathlib import Path

import pytest

from ops.console import Console
from ops.errors import CouldNotStart
from ops.local.lock import sole_operator


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="this system has no /proc")
def test_a_home_that_cannot_be_created_is_named() -> None:
    with (
        pytest.raises(CouldNotStart, match="/proc/nowhere/local: cannot be created there") as refused,
        sole_operator(Path("/proc/nowhere/local"), Console()),
    ):
        pass
    assert "SPENDSENSE_HOME" in str(refused.value.next_step)
