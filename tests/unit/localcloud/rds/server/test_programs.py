"""The user that runs PostgreSQL's programs."""

import os

import pytest

from localcloud.errors import CannotStart
from localcloud.rds.server import programs

NOBODY_HAS_IT = 2_000_000_011


def test_a_user_without_a_name_is_reported_before_postgresql_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY_HAS_IT)
    with pytest.raises(CannotStart, match=f"user id {NOBODY_HAS_IT} has none here; add a line"):
        programs.unprivileged("initdb")
