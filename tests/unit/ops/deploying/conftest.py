"""Services with earlier deployments."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from tests.unit.ops.deploying.scripted_history import FAILED, ServiceWithHistory


@pytest.fixture
def past(scripted: Aws, wire: Any) -> ServiceWithHistory:
    """5 served, 6 failed, 7 serves."""
    made = ServiceWithHistory(scripted, wire)
    made.happened(5)
    made.happened(6, FAILED, "tasks failed to start.")
    made.happened(7)
    made.runs(7)
    return made


@pytest.fixture
def in_progress(past: ServiceWithHistory) -> ServiceWithHistory:
    """8 is to replace 7."""
    past.happened(8, "IN_PROGRESS")
    past.runs(8, "IN_PROGRESS", before=7)
    return past
