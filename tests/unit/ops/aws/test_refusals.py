"""The next step after a refusal fits its cause."""

import pytest
from botocore import exceptions

from ops.aws.refusals import client_step, next_step
from ops.environment import data_directory

LOWER, PERMISSIONS, NAME = "request a lower number", "check the permissions", "check the name"


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
        ("Odd", "", "correct what the message names"),
    ],
)
def test_the_step_follows_from_code_and_words(code: str, message: str, step: str) -> None:
    assert next_step(code, message).startswith(step)


@pytest.mark.parametrize("code", ["InternalFailure", "InternalError", "ServerException"])
def test_a_full_disk_is_named_with_its_place(code: str) -> None:
    reported = next_step(code, "the state of ecs is not saved: [Errno 28] No space left on device")
    assert reported.startswith("free space on the disk that holds")
    assert str(data_directory()) in reported


@pytest.mark.parametrize(
    ("exc", "step"),
    [
        (exceptions.ProfileNotFound(profile="p"), "AWS_PROFILE"),
        (exceptions.ConfigParseError(path="p"), "correct that file"),
        (exceptions.SSOTokenLoadError(error_msg="e"), "aws sso login"),
        (exceptions.UnauthorizedSSOTokenError(), "aws sso login"),
        (exceptions.TokenRetrievalError(provider="p", error_msg="e"), "aws sso login"),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="e"), "aws sso login"),
        (exceptions.PartialCredentialsError(provider="p", cred_var="v"), "set what is missing"),
        (exceptions.ParamValidationError(report="r"), "correct the value"),
        (exceptions.InvalidRegionError(region_name="us west"), "AWS_REGION"),
        (exceptions.UnknownServiceError(service_name="s", known_service_names=""), "check credentials and region"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_an_error_before_any_request_has_a_next_step_too(exc: Exception, step: str) -> None:
    assert step in client_step(exc)
