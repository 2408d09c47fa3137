"""The class of a failed deploy, by what AWS writes.

Sources of the texts: [S] ECS Developer Guide, "Amazon ECS stopped tasks error messages" and the pages it leads to;
[E] the same, "Service event messages" and "Service unhealthy event messages"; [K] re:Post Knowledge Center, "Why is my
Amazon ECS task stopped?"; [O] seen on AWS and published; [L] the local cloud.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.aws.service import Event, describe_service, running_tasks
from ops.aws.service_deployment import ServiceDeployment, Status
from ops.failure_class import MEANINGS, FailureClass
from ops.rollout.cause import cause_of, of_failure, of_stop, with_first_step
from ops.rollout.failures import Failure
from ops.rollout.follow import Outcome
from ops.rollout.migration import class_of
from ops.rollout.proof import Kind, Phase, Response, prove
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import Cluster

START, EXIT, SCHEDULER = "TaskFailedToStart", "EssentialContainerExited", "ServiceSchedulerInitiated"
EXITED = "Essential container in task exited"
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref r/i:t: "
INIT = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
    "to retrieve secret from asm: service call has been retried 1 time(s): "
)
PULLING = "ResourceInitializationError: unable to pull secrets or registry auth"
AUTH = f"{PULLING}: execution resource retrieval failed: unable to retrieve ecr registry auth: "
DOCKER = (
    "CannotPullContainerError: Error response from daemon: pull access denied for r/i, repository does not exist or "
    "may require 'docker login': denied: "
)
LOGGER = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
ELB = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-west-1:1:targetgroup/a/b)"
LISTENING = ('{"message": "Uvicorn running on http://0.0.0.0:9000 (Press CTRL+C to quit)"}',)
ANSWERED = ('{"action":"request_failed","status":500}',)
BUSY = ('{"message": "Loading models ..."}',)
C = FailureClass


def denied(action: str, resource: str) -> str:
    return (
        f"User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: {action} on resource: {resource} because "
        "no identity-based policy allows the action"
    )


def failure(stop_code: str | None, reason: str, exit_code: int | None = None, log: tuple[str, ...] = ()) -> Failure:
    return Failure(
        task="t", stopped_reason=reason, stop_code=stop_code, exit_code=exit_code, container_reason=None, log=log
    )


@pytest.mark.parametrize(
    ("stop_code", "reason", "expected"),
    [
        (START, f"{PULL}r/i:t: not found", C.IMAGE),  # [S]
        (START, "CannotPullContainerError: pull access denied for x, repository does not exist", C.IMAGE),  # [S]
        (
            START,
            "CannotPullContainerError: image Manifest does not contain descriptor matching platform",
            C.IMAGE,
        ),  # [S]
        (START, 'CannotStartContainerError: exec: "x": executable file not found in $PATH', C.IMAGE),  # [S]
        (START, f"{PULL}pulling from host failed with status code [manifests t]: 403 Forbidden", C.PERMISSION),  # [S]
        (
            START,
            "CannotPullContainerError: pull access denied for r/i:t: AccessDeniedException: no",
            C.PERMISSION,
        ),  # [L]
        (START, f"{PULL}toomanyrequests: You have reached your pull rate limit", C.QUOTA),  # [S]
        (START, f"{PULL}failed to do request: Head: dial tcp 1.2.3.4:443: i/o timeout", C.NETWORK),  # [S]
        (START, f"{INIT}failed to fetch secret a from secrets manager: ResourceNotFoundException: no", C.SECRET),  # [S]
        (START, f"{INIT}retrieved secret from Secrets Manager did not contain json key url", C.SECRET),  # [S]
        (
            START,
            f"{INIT}AccessDeniedException: User: arn is not authorized to perform: x",
            C.PERMISSION,
        ),  # [S]
        (
            START,
            f"{INIT}RequestCanceled: request context canceled caused by: context deadline exceeded",
            C.NETWORK,
        ),  # [S]
        (
            START,
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist",
            C.SETTINGS,
        ),  # [S]
        (START, "ECS was unable to assume the role 'arn' that was provided for this task.", C.PERMISSION),  # [S]
        (START, "Capacity is unavailable at this time. Please try again later", C.CAPACITY),  # [K]
        (START, "The specified subnet does not have sufficient free addresses", C.CAPACITY),  # [S]
        ("SpotInterruption", "Your Spot Task was interrupted.", C.CAPACITY),  # [K]
        ("UserInitiated", "Task stopped by user", C.OTHER_DEPLOY),  # [K]
        # A denial names an action and a resource.
        (
            START,
            f"{INIT}{denied('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:r:1:secret:a')}",
            C.PERMISSION,
        ),
        (START, f"{INIT}{denied('ssm:GetParameters', 'arn:aws:ssm:r:1:parameter/limitexceeded')}", C.PERMISSION),
        (START, f"{AUTH}AccessDeniedException: {denied('ecr:GetAuthorizationToken', '*')}", C.PERMISSION),  # [S]
        (START, f"{DOCKER}{denied('ecr:BatchGetImage', 'arn:aws:ecr:r:1:repository/i')}", C.PERMISSION),  # [S]
        (START, f"{LOGGER}{denied('logs:CreateLogStream', 'arn:aws:logs:r:1:log-group:/x')}", C.PERMISSION),  # [S]
        (START, f"{INIT}AccessDeniedException: Access to KMS is not allowed", C.PERMISSION),  # [O]
        (
            START,
            "Unexpected EC2 error while attempting to Create Network Interface: UnauthorizedOperation",
            C.PERMISSION,
        ),
        # What the task was to get does not tell why it did not get it.
        (
            START,
            f"{AUTH}RequestError: send request failed caused by: Post: dial tcp 1.2.3.4:443: i/o timeout",
            C.NETWORK,
        ),
        (START, f"{AUTH}RequestError: net/http: TLS handshake timeout", C.NETWORK),  # [O]
        (START, f"{PULLING}: pull command failed: : signal: killed", C.NETWORK),  # [S]
        (START, "Timeout waiting for network interface provisioning to complete.", C.NETWORK),  # [S]
        (START, f"{INIT}ThrottlingException: Rate exceeded", C.QUOTA),  # [O]
        (START, "Unexpected EC2 error: NetworkInterfaceLimitExceeded", C.QUOTA),  # [O]
        (START, "Unexpected EC2 error: InsufficientFreeAddressesInSubnet", C.CAPACITY),  # [O]
        (START, f"{INIT}invalid ssm parameters: /production/url", C.SECRET),  # [S]
        (START, f"{INIT}InvalidParameterException: You must provide either SecretString or SecretBinary", C.SECRET),
    ],
)
def test_a_task_that_was_not_allowed_to_run_names_its_class(
    stop_code: str, reason: str, expected: FailureClass
) -> None:
    found = of_failure(failure(stop_code, reason))
    assert (found.failure_class, found.evidence) == (expected, reason)


@pytest.mark.parametrize(
    ("exit_code", "container", "log", "expected"),
    [
        (1, None, ("Traceback (most recent call last):",), C.CRASH),  # [K]
        (0, None, (), C.CRASH),
        (139, None, (), C.CRASH),
        (137, "OutOfMemoryError: Container killed due to memory usage", (), C.MEMORY),  # [S]
        (137, None, (), C.MEMORY),
        (3, None, ("spendsense: cannot start: DATABASE_HOST is missing",), C.SETTINGS),  # app/platform/settings.py
        (1, None, ("[Errno 98] error while attempting to bind on address: address already in use",), C.PORT),
        (1, None, ("exec /usr/local/bin/uvicorn: exec format error",), C.IMAGE),  # [S]
    ],
)
def test_a_program_that_ended_names_its_class_by_exit_code_and_log(
    exit_code: int, container: str | None, log: tuple[str, ...], expected: FailureClass
) -> None:
    found = of_failure(replace(failure(EXIT, EXITED, exit_code, log), container_reason=container))
    assert found.failure_class is expected
    assert f"exit code {exit_code}" in found.evidence


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("RuntimeError: the partner API is gone\n", "RuntimeError: the partner API is gone"),
        ('{"level": "ERROR", "message": "It ended", "cause": "ValueError"}', "ValueError"),
        ('{"level": "INFO", "message": "Stopped"}', "Stopped"),
        ('"text"', '"text"'),
        ("{}", "{}"),
    ],
)
def test_a_program_that_ended_by_itself_has_the_last_word(line: str, words: str) -> None:
    found = of_failure(failure(EXIT, EXITED, 1, ("Traceback", line, " ")))
    assert found.evidence.endswith(f"exit code 1; its last log line: {words}")
    assert "log line" not in of_failure(failure(EXIT, EXITED, 1, ())).evidence
    long = of_failure(failure(EXIT, EXITED, 1, ("x" * 100_000,)))
    assert len(long.evidence) < 400


@pytest.mark.parametrize(
    ("reason", "why", "log", "expected"),
    [
        (ELB, "Health checks failed with these codes: [404]", LISTENING, C.HEALTH_PATH),  # [E]
        (ELB, "Health checks failed with these codes: [500]", BUSY, C.HEALTH_PATH),  # [E]
        (ELB, "Health checks failed", LISTENING, C.PORT),  # [E]
        (ELB, "Health checks failed", BUSY, C.SLOW_START),
        (ELB, "Request timed out", LISTENING, C.HEALTH_PATH),  # [E]
        (ELB, "Request timed out", BUSY, C.SLOW_START),
        ("Task failed container health checks", "", LISTENING, C.HEALTH_PATH),  # [K]
        ("Task failed container health checks", "", ANSWERED, C.HEALTH_PATH),  # the first lines are no longer shown
        ("Task failed container health checks", "", BUSY, C.SLOW_START),
        ("never became healthy: target 10.0.0.1:8000 is unhealthy (Health checks failed)", "", LISTENING, C.PORT),
    ],
)
def test_an_unhealthy_task_names_its_class_by_the_response_and_by_whether_it_listens(
    reason: str, why: str, log: tuple[str, ...], expected: FailureClass
) -> None:
    events = (
        [f"(service s) (task 1) (port 8000) is unhealthy in (target-group arn) due to (reason {why})"] if why else []
    )
    stop_code = SCHEDULER if reason.startswith("Task") else None
    assert of_failure(failure(stop_code, reason, 137, log), events).failure_class is expected


@pytest.fixture
def outcome(cluster: Cluster, scripted: Aws) -> Outcome:
    del cluster
    service = describe_service(scripted)
    return Outcome(verdict=Verdict.ROLLED_BACK, service=service, failures=(), events=(), waited_for="")


def event(message: str) -> Event:
    return Event(id="e", at=datetime.now(UTC), message=f"(service s) {message}")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"verdict": Verdict.SUPERSEDED}, C.OTHER_DEPLOY),
        ({"events": (event("(deployment d) deployment failed: alarm detected."),)}, C.ALARM),  # [O]
        (
            {"events": (event("was unable to stop or start tasks during a deployment because of the configuration"),)},
            C.STUCK_CONFIGURATION,
        ),  # [E]
        (
            {"events": (event("was unable to place a task. Reason: Capacity is unavailable at this time."),)},
            C.CAPACITY,
        ),  # [E]
        (
            {"events": (event("was unable to place a task. Reason: You've reached the limit on the number of vCPUs"),)},
            C.QUOTA,
        ),  # [E]
        (
            {"events": (event("failed to launch a task with (error ECS was unable to assume the role 'arn')"),)},
            C.PERMISSION,
        ),  # [E]
        ({"events": (event("was unable to place a task. Reason: RESOURCE:ENI"),)}, C.CAPACITY),  # [O]
        (
            {"events": (event(f"failed to launch a task with (error {denied('iam:PassRole', 'arn')})"),)},
            C.PERMISSION,
        ),
        (
            {
                "events": (
                    event("failed to register targets in (target-group t) with (error InvalidParameterException)"),
                )
            },
            C.SETTINGS,
        ),
        ({"events": (event("failed to launch a task with (error what nobody knows)"),)}, C.UNKNOWN),
        ({}, C.UNKNOWN),
        ({"failures": (failure(EXIT, EXITED, 1), *[failure(EXIT, EXITED, 137)] * 2)}, C.MEMORY),  # the most tasks
        ({"failures": (failure(EXIT, EXITED, 1), failure(EXIT, EXITED, 137))}, C.CRASH),  # the first
    ],
)
def test_a_rollout_names_its_class(outcome: Outcome, changes: dict[str, Any], expected: FailureClass) -> None:
    found = cause_of(replace(outcome, **changes))
    assert found is not None
    assert found.failure_class is expected


@pytest.mark.parametrize(
    ("failed", "step"),
    [
        ({"failures": (failure(EXIT, EXITED, 1, ("Traceback",)),)}, "correct the program: "),
        ({"failures": (failure(EXIT, EXITED, 137, ()),)}, "let the program use less memory"),
        ({"failures": (failure(START, f"{INIT}unable to retrieve secret from asm", None, ()),)}, "the task cannot use"),
        ({"events": (event("was unable to place a task. Reason: Capacity is unavailable"),)}, "try again in a few"),
        ({}, "look"),
    ],
)
def test_the_first_step_is_about_the_cause_where_there_is_one(
    outcome: Outcome, failed: dict[str, Any], step: str
) -> None:
    ended = replace(outcome, **failed)
    assert with_first_step(cause_of(ended), ended.failures, ("look",))[0].startswith(step)


def test_failed_tasks_give_no_first_step_where_they_were_not_the_cause(outcome: Outcome) -> None:
    failed = (failure(START, f"{INIT}unable to retrieve secret from asm", None, ()),)
    by_alarm = replace(outcome, failures=failed, events=(event("(deployment d) deployment failed: alarm detected."),))
    assert with_first_step(cause_of(by_alarm), failed, ("look",)) == ("look",)
    assert with_first_step(None, failed, ("look",)) == ("look",)


def test_the_alarm_that_went_off_is_the_cause_although_tasks_failed_too(outcome: Outcome) -> None:
    history = ServiceDeployment(arn="d", status=Status.ROLLBACK_SUCCESSFUL, reason="", triggered_alarms=("error-rate",))
    found = cause_of(replace(outcome, history=history, failures=(failure(EXIT, EXITED, 1),)))
    assert str(found) == "alarm: an alarm went off: error-rate"


def test_a_success_has_no_cause_and_requests_that_fail_are_one(outcome: Outcome) -> None:
    deployed = replace(outcome, verdict=Verdict.DEPLOYED)
    assert cause_of(deployed) is None
    failed = Response(phase=Phase.AFTER, kind=Kind.FAILED, took_s=0.1, what="GET /version 500")
    found = cause_of(replace(deployed, proof=prove("http://service", [failed] * 4)))
    assert found is not None
    assert (found.failure_class, found.evidence[:6]) == (C.REQUESTS, "4 of 4")


def test_requests_that_fail_because_tasks_die_after_their_first_healthy_check_name_what_killed_them(
    outcome: Outcome,
) -> None:
    failed = Response(phase=Phase.AFTER, kind=Kind.FAILED, took_s=0.1, what="GET /version 503")
    completed = replace(outcome, verdict=Verdict.DEPLOYED, proof=prove("http://service", [failed] * 4))
    found = cause_of(replace(completed, failures=(failure(EXIT, EXITED, 137), failure(EXIT, EXITED, 137))))
    assert found is not None
    assert found.failure_class is C.MEMORY


def test_a_task_that_ended_with_the_local_cloud_does_not_blame_the_capacity() -> None:
    assert of_stop("TerminationNotice", "The local cloud was stopped", 137) is C.ENDPOINT_GONE


@pytest.mark.parametrize(
    ("stop_code", "reason", "exit_code", "has_reported", "has_logged", "expected"),
    [
        (EXIT, EXITED, 1, True, True, C.MIGRATION),
        (EXIT, EXITED, 1, False, True, C.CRASH),
        (EXIT, EXITED, 1, False, False, C.MIGRATION),
        (EXIT, EXITED, 137, False, True, C.MEMORY),
        (EXIT, EXITED, 3, False, True, C.SETTINGS),
        (START, f"{PULL}r/i:t: not found", None, False, False, C.IMAGE),
        (START, f"{INIT}ResourceNotFoundException", None, False, False, C.SECRET),
    ],
)
def test_a_migration_that_never_ran_names_what_kept_it(
    cluster: Cluster,
    scripted: Aws,
    stop_code: str,
    reason: str,
    exit_code: int | None,
    *,
    has_reported: bool,
    has_logged: bool,
    expected: FailureClass,
) -> None:
    del cluster
    stopped = replace(running_tasks(scripted)[0], stop_code=stop_code, stopped_reason=reason, exit_code=exit_code)
    assert class_of(stopped, has_reported=has_reported, has_logged=has_logged) is expected


def test_every_class_has_a_meaning() -> None:
    assert set(MEANINGS) == set(FailureClass)
