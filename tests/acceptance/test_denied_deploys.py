"""Deploys that are denied: another job's token gets no session; an error names the role and the permission it lacks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.acceptance.command import Spendsense, client
from tests.acceptance.roles import cloud_of

pytestmark = pytest.mark.long

PREFIX = "spendsense-local"


JOBS = {"deploy": "local", "operate": "local-operate", "recover": "local-drill"}
"""Role -> the GitHub environment whose jobs take it."""


@pytest.mark.parametrize("role", JOBS)
def test_a_job_takes_its_role_by_its_token_and_a_job_of_another_kind_does_not(
    up: Any, spendsense: Spendsense, role: str
) -> None:
    cloud, name, own = cloud_of(spendsense.home, "local"), f"{PREFIX}-{role}", JOBS[role]
    for claims in ({}, {"sub": f"repo:local@1/spendsense@2:environment:{own}"}):
        given = {name.lower(): value for name, value in cloud.as_job(name, own, **claims).items()}
        session = boto3.client("sts", endpoint_url=up["endpoint"], region_name=up["region"], **given)
        assert f":assumed-role/{name}/" in session.get_caller_identity()["Arn"]
    fork, branch = {"repository": "evil/spendsense"}, {"ref": "refs/heads/feature"}
    request = {"event_name": "pull_request", "ref": "refs/pull/7/merge"}
    others = [(each, {}) for each in JOBS.values() if each != own]
    for environment, claims in [(own, fork), (own, branch), (own, request), ("", request), ("", {}), *others]:
        with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
            cloud.as_job(name, environment, **claims)


@contextmanager
def without(up: Any, role: str, policy: str, action: str) -> Iterator[None]:
    """Take an action out of a role's policy for a while."""
    iam, name = client(up, "iam"), f"{PREFIX}-{role}"
    kept = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    less = json.loads(json.dumps(kept))
    for statement in less["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [each for each in actions if each != action]
    less["Statement"] = [each for each in less["Statement"] if each["Action"]]
    assert less != kept
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(less))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(kept))


@pytest.mark.parametrize(
    ("action", "resource"),
    [("ecs:UpdateService", f"service/{PREFIX}/spendsense-backend"), ("iam:PassRole", f"role/{PREFIX}-execution")],
)
def test_what_the_deploy_role_lacks_is_named(up: Any, spendsense: Spendsense, action: str, resource: str) -> None:
    with without(up, "deploy", "deploy", action):
        refused = spendsense("deploy", "--force", expect=1)
    assert f"allow the role {PREFIX}-deploy {action} on arn:aws:" in refused.stderr
    assert f"{resource}, or use another identity" in refused.stderr


def test_what_the_execution_role_lacks_is_named(up: Any, spendsense: Spendsense) -> None:
    """A deploy, a restart and a rollback look first, and change nothing; a `run` fails in AWS's words."""
    assert spendsense("deploy", "--force").returncode == 0
    with without(up, "execution", "start-task", "secretsmanager:GetSecretValue"):
        refusals = [spendsense(verb, "--force", expect=1) for verb in ("deploy", "restart")]
        refusals.append(spendsense("rollback", expect=1))
        failed = spendsense("run", "true", expect=1)
    for refused in refusals:
        assert "execution role may read the secrets" in refused.stderr
        assert f"role/{PREFIX}-execution is not allowed secretsmanager:GetSecretValue on 5 secrets: " in refused.stderr
    assert (
        "the command never ran: ResourceInitializationError: unable to pull secrets or registry auth" in failed.stderr
    )
    assert f"assumed-role/{PREFIX}-execution/" in failed.stderr
    with without(up, "execution", "start-task", "kms:Decrypt"):
        refused = spendsense("deploy", "--force", expect=1)
    assert f"role/{PREFIX}-execution is not allowed kms:Decrypt on arn:aws:kms:" in refused.stderr
    assert spendsense("deploy", "--force").returncode == 0
