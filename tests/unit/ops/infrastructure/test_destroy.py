"""A destroy that deletion protection refuses names the step that works."""

import pytest

from ops.environment import EnvironmentName
from ops.errors import CouldNotApply
from ops.infrastructure.destroy import next_step_after

REFUSED = (
    "aws_db_instance.this: deleting: Cannot delete protected DB Instance, please disable deletion protection",
    "Load balancer 'arn' cannot be deleted because deletion protection is enabled",
    "deleting KMS Key: AccessDeniedException: not authorized to perform: kms:ScheduleKeyDeletion with an explicit deny",
    "module.kms.aws_kms_key.this: Instance cannot be destroyed: has lifecycle.prevent_destroy set",
)


@pytest.mark.parametrize("message", REFUSED)
def test_a_rehearsal_is_removed_with_its_local_cloud(message: str) -> None:
    step = next_step_after(EnvironmentName.LIKE_PROD, CouldNotApply(message)) or ""
    assert "the settings of prod turn on deletion protection" in step
    assert "`spendsense down --delete-data --env like-prod`" in step


def test_on_aws_the_page_is_named() -> None:
    assert "Destroying" in (next_step_after(EnvironmentName.PROD, CouldNotApply(REFUSED[0])) or "")


def test_another_failure_keeps_its_own_step() -> None:
    error = CouldNotApply("no network", next_step="correct the cause")
    assert next_step_after(EnvironmentName.LIKE_PROD, error) == "correct the cause"
