"""A refusal for lack of a permission says who lacks which, in AWS's words for it."""

import pytest

from ops.aws import denials, refusals
from ops.rollout.failures import step_by_stop

SESSION = "arn:aws:sts::123456789012:assumed-role/spendsense-dev-deploy/run-1"
SERVICE = "arn:aws:ecs:us-west-1:123456789012:service/spendsense-dev/spendsense-backend"
SECRET = "arn:aws:secretsmanager:us-west-1:123456789012:secret:spendsense-dev/jwt-AbCdEf"
NO_POLICY = "because no identity-based policy allows the ecs:UpdateService action"


def test_a_role_its_action_and_the_resource_are_named() -> None:
    words = f"User: {SESSION} is not authorized to perform: ecs:UpdateService on resource: {SERVICE} {NO_POLICY}"
    step = refusals.next_step("AccessDeniedException", words)
    assert step.startswith(
        f"allow the role spendsense-dev-deploy ecs:UpdateService on {SERVICE}, or use another identity"
    )
    denied = words.replace(NO_POLICY, "with an explicit deny in a permissions boundary")
    assert refusals.next_step("AccessDenied", denied).startswith(
        f"a policy denies the role spendsense-dev-deploy ecs:UpdateService on {SERVICE}: change the policy"
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (
            "User: arn:aws:iam::1:user/jane is not authorized to perform: iam:ListRoles",
            "user jane iam:ListRoles,",
        ),
        (
            "You are not authorized to perform this operation. User: arn:aws:sts::1:assumed-role/a/b is not authorized "
            "to perform: ec2:RunInstances on resource: arn:aws:ec2:::instance/*.",
            "role a ec2:RunInstances on arn:aws:ec2:::instance/*,",
        ),
    ],
)
def test_users_and_other_services_are_named_too(words: str, named: str) -> None:
    assert (denials.step(words) or "").startswith(f"allow the {named}")


@pytest.mark.parametrize(
    "words",
    [
        "AccessDeniedException: Access to KMS is not allowed",
        "AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in "
        "this region, or you are not allowed to access.",
    ],
)
def test_a_key_that_may_not_be_used_is_named_although_aws_names_neither_role_nor_action(words: str) -> None:
    own, of_a_task = denials.step(words), denials.step(words, of_a_task=True)
    assert (own or "").startswith("allow the caller kms:Decrypt on the key")
    assert (of_a_task or "").startswith("allow the task's execution role kms:Decrypt on the key")


def test_refusals_that_name_nobody_have_no_such_step() -> None:
    assert denials.step("Access Denied") is None
    assert denials.step("ecs.amazonaws.com is not authorized to assume role arn:aws:iam::1:role/r") is None


def test_the_role_of_a_session_is_known_and_a_user_is_none() -> None:
    assert denials.refused_role(f"User: {SESSION} is not authorized to perform: ecs:UpdateService") == (
        "spendsense-dev-deploy"
    )
    assert denials.refused_role("User: arn:aws:iam::1:user/jane is not authorized to perform: iam:ListRoles") is None
    assert denials.refused_role("Access Denied") is None


def test_a_task_that_its_execution_role_keeps_from_starting_says_so() -> None:
    reason = (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): AccessDeniedException: User: "
        f"{SESSION.replace('deploy', 'execution')} is not authorized to perform: secretsmanager:GetSecretValue on "
        f"resource: {SECRET} because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    assert step_by_stop("TaskFailedToStart", reason, None).startswith(
        f"allow the role spendsense-dev-execution secretsmanager:GetSecretValue on {SECRET}; Terraform"
    )
