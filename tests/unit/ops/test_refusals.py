"""The next step after a refusal fits what was refused."""

import pytest

from ops.environment import data_directory
from ops.refusals import next_step

LOWER, PERMISSIONS, NAME = "ask for a lower number", "check the permissions", "check the name"


@pytest.mark.parametrize(
    ("code", "message", "step"),
    [
        ("InvalidParameterException", "Desired count exceeds limit.", LOWER),
        ("ClientException", "The number of services exceeds the quota", LOWER),
        ("LimitExceededException", "", LOWER),
        ("InstanceQuotaExceeded", "", LOWER),
        ("AccessDeniedException", "User: u is not authorized to perform: ecs:UpdateService", PERMISSIONS),
        ("AccessDenied", "Access Denied", PERMISSIONS),
        ("UnauthorizedOperation", "", PERMISSIONS),
        ("ExpiredTokenException", "The security token included in the request is expired", "sign in"),
        ("ThrottlingException", "Rate exceeded", "wait a moment"),
        ("ClusterNotFoundException", "Cluster not found.", NAME),
        ("NoSuchBucket", "The specified bucket does not exist", NAME),
        ("DBInstanceNotFound", "", NAME),
        ("InvalidParameterException", "The specified target group does not exist.", NAME),
        ("RepositoryAlreadyExistsException", "", "choose another name"),
        ("ResourceInUseException", "", "wait until"),
        ("InvalidDBInstanceState", "", "wait until"),
        ("InternalFailure", "", "wait a moment"),
        ("ValidationException", "1 validation error detected", "correct the value"),
        ("Odd", "", "correct what it names"),
    ],
)
def test_the_step_follows_from_code_and_words(code: str, message: str, step: str) -> None:
    assert next_step(code, message).startswith(step)


@pytest.mark.parametrize("code", ["InternalFailure", "InternalError", "ServerException"])
def test_a_full_disk_is_named_with_its_place(code: str) -> None:
    told = next_step(code, "the state of ecs is not saved: [Errno 28] No space left on device")
    assert told.startswith("free space on the disk that holds")
    assert str(data_directory()) in told
