"""Services with earlier deployments."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from tests.unit.ops.deploying.scripted_history import FAILED, ServiceWithHistory


@pytest.fixture
def service_history(scripted: Aws, wire: Any) -> ServiceWithHistory:
    """Revision 5 served, 6 failed, 7 serves."""
    created = ServiceWithHistory(scripted, wire)
    created.happened(5)
    created.happened(6, FAILED, "tasks failed to start.")
    created.happened(7)
    created.runs(7)
    return created


@pytest.fixture
def in_progress(service_history: ServiceWithHistory) -> ServiceWithHistory:
    """A deployment in progress, in which revision 8 replaces 7."""
    service_history.happened(8, "IN_PROGRESS")
    service_history.runs(8, "IN_PROGRESS", before=7)
    return service_history
