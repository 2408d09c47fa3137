"""The permissions that the workflows need, and those that their roles have; who may assume them, for how long."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from localcloud.authorization.decision import Policies, ResourcePolicyKind, decide
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from tests.terraform.permissions.requests import asked
from tests.terraform.plan import Plan, Resource
from tests.terraform.planning import PROJECT, planned

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
REPOSITORY = "acme/spendsense"
MAIN = "refs/heads/main"


@dataclass(frozen=True)
class Job:
    """A job that takes an AWS identity."""

    name: str
    environment: str
    seconds: int  # that it asks for; the action's own default is an hour
    timeout_s: int


def jobs(path: Path) -> Iterator[Job]:
    for name, job in yaml.safe_load(path.read_text())["jobs"].items():
        for step in job.get("steps", []):  # none where it calls another workflow, which is here itself
            if "configure-aws-credentials" in step.get("uses", ""):
                environment = job["environment"]
                text = environment["name"] if isinstance(environment, dict) else environment
                yield Job(
                    f"{path.stem} {name}",
                    re.sub(r"\$\{\{[^}]*\}\}", "prod", text).replace("dev", "prod"),
                    int(step["with"].get("role-duration-seconds", 3600)),
                    job["timeout-minutes"] * 60,
                )


DRILL = "scheduled drill"
EVERY_JOB = [job for path in WORKFLOWS for job in jobs(path)]
JOBS = [job for job in EVERY_JOB if job.name != DRILL]


@pytest.fixture(scope="module")
def roles(bootstrap: Plan) -> list[Resource]:
    """The roles of both roots that GitHub's tokens may assume."""
    found = [*planned("everything").of("aws_iam_role"), *bootstrap.of("aws_iam_role")]
    return [each for each in found if "token.actions.githubusercontent.com" in each["assume_role_policy"]]


def takes(role: Resource, environment: str, ref: str, repository: str = REPOSITORY) -> bool:
    """Return whether the role's trust policy admits a job's token."""
    claims = {
        "aud": "sts.amazonaws.com",
        "sub": f"repo:{repository}:environment:{environment}",
        "ref": ref,
    }
    keys = {f"token.actions.githubusercontent.com:{name}": value for name, value in claims.items()}
    trust = Policies(resource=[read_policy(role["assume_role_policy"], role.address)], kind=ResourcePolicyKind.TRUST)
    provider = read_policy(role["assume_role_policy"], role.address).statements
    federated = next(name for each in provider if each.principals for name in each.principals.federated)
    token = Principal(kind=Kind.WEB_IDENTITY, arn=federated)
    return decide(replace(asked("sts:AssumeRoleWithWebIdentity", "*", keys), principal=token), trust).is_allowed


def test_the_jobs_of_every_workflow_are_known() -> None:
    assert {job.name for job in EVERY_JOB} == {
        "deploy build",
        "ship ship",
        "scheduled drift",
        DRILL,
        "rollback rollback",
        "terraform plan",
        "terraform apply",
    }


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_D2_a_job_has_one_role_for_as_long_as_it_may_take(roles: list[Resource], job: Job) -> None:
    (role,) = [each for each in roles if takes(each, job.environment, MAIN)]
    assert job.timeout_s <= job.seconds <= role["max_session_duration"]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_D2_another_branch_gets_no_role_but_that_of_a_plan(roles: list[Resource], job: Job) -> None:
    for ref in ("refs/heads/feature", "refs/pull/7/merge", "refs/tags/v1"):
        found = [each for each in roles if takes(each, job.environment, ref)]
        assert bool(found) == (job.environment == "prod-plan"), [each.address for each in found]


def test_D2_another_repository_or_environment_gets_no_role(roles: list[Resource]) -> None:
    assert len(roles) == 8
    for role in roles:
        assert not any(takes(role, job.environment, MAIN, "acme/other") for job in JOBS)
        assert not takes(role, "other", MAIN)


@pytest.mark.full
def test_R3_the_drill_recovers_staging_and_no_job_recovers_prod(roles: list[Resource]) -> None:
    (drill,) = [job for job in EVERY_JOB if job.name == DRILL]
    recover = planned("staging").one("aws_iam_role", "recover")
    assert takes(recover, drill.environment, MAIN)
    assert not takes(recover, drill.environment, "refs/heads/feature")
    assert not takes(recover, "staging", MAIN)
    assert drill.timeout_s <= drill.seconds <= recover["max_session_duration"]
    assert not any(takes(each, environment, MAIN) for each in roles for environment in ("prod-drill", "staging-drill"))
