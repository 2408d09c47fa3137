"""The account that a data directory is."""

from pathlib import Path

import pytest

from localcloud.errors import CannotStart
from localcloud.host import ACCOUNT_FILE, ACCOUNT_ID, account_in


def test_a_local_cloud_is_the_account_that_its_directory_names(tmp_path: Path) -> None:
    assert account_in(tmp_path) == ACCOUNT_ID
    (tmp_path / ACCOUNT_FILE).write_text("222222222222\n")
    assert account_in(tmp_path) == "222222222222"
    (tmp_path / ACCOUNT_FILE).write_text("my account")
    with pytest.raises(CannotStart, match="12 digits, found 'my account'"):
        account_in(tmp_path)
