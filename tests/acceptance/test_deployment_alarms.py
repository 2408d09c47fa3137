"""Failed deployments: checks before it, an alarm, 5xx responses of a version whose health checks pass."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import Spendsense, client
from tests.acceptance.load import Load
from tests.waiting import wait_until

pytestmark = pytest.mark.long

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
ALARM = "spendsense-local-error-rate-surge"
SETTINGS = "    settings = resources.settings\n"


def failed(spendsense: Spendsense, *arguments: str) -> dict[str, str]:
    """Verify; return what each failed check found."""
    found = spendsense.json("verify", *arguments, expect=1)
    return {each["subject"]: each["found"] for each in found["checks"] if each["state"] == "FAIL"}


def test_what_a_deploy_would_fail_at_is_found_before_it_registers_anything(up: Any, spendsense: Spendsense) -> None:
    administrator = Spendsense(spendsense.home, role="apply")  # which may read the secrets' keys
    healthy = administrator.json("verify")
    assert healthy["counts"]["FAIL"] == healthy["counts"]["UNKNOWN"] == 0, healthy
    assert {each["group"] for each in healthy["checks"]} == {
        *("service", "image", "schema", "secrets", "roles", "logs", "traffic", "capacity", "clock", "alarms")
    }
    assert "has no image tagged v9" in failed(administrator, "--tag", "v9")["image"]
    secrets, name = client(up, "secretsmanager"), "spendsense-local/jwt"
    value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"old_key": value["secret_key"]}))
    iam, role = client(up, "iam"), "spendsense-local-execution"
    policy = iam.get_role_policy(RoleName=role, PolicyName="start-task")["PolicyDocument"]
    less = {**policy, "Statement": [each for each in policy["Statement"] if each["Sid"] != "InjectedSecrets"]}
    iam.put_role_policy(RoleName=role, PolicyName="start-task", PolicyDocument=json.dumps(less))
    try:
        found = failed(administrator)
        assert found.pop("JWT_SECRET_KEY").endswith("has the keys: old_key")
        assert "is not allowed secretsmanager:GetSecretValue on 5 secrets: accounts, " in found.pop(
            "execution role may read the secrets"
        )
        assert found == {}
        revisions = client(up, "ecs").list_task_definitions()["taskDefinitionArns"]
        refused = spendsense("deploy", expect=1)
        # The deploy role may not read values: their keys are unknown to it.
        assert "a check failed:" in refused.stderr
        assert "UNKNOWN ACCOUNT_ID_KEY, " in refused.stderr
        assert value["secret_key"] not in refused.stderr
        assert client(up, "ecs").list_task_definitions()["taskDefinitionArns"] == revisions
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps(value))
        iam.put_role_policy(RoleName=role, PolicyName="start-task", PolicyDocument=json.dumps(policy))
    assert spendsense("verify").stdout.startswith("service\n  OK      spendsense-backend: accepts a deploy")


def test_5xx_on_real_routes_roll_a_deployment_back_or_are_reported(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    assert set(spendsense.json("status", expect=None)["alarms"]) == {ALARM, "spendsense-local-latency-high"}
    broken = source_with({"app/version.py": (SETTINGS, f'{SETTINGS}    raise ValueError("broken on purpose")\n')})
    with Load(up["url"], per_second=20):
        result = json.loads(spendsense("deploy", "--source", str(broken), "--json", expect=None).stdout)
    assert result["doubts"]["server_errors"]["GET /version 500"] > 0, result["message"]
    assert result["traffic"]["failures"]["GET /version 500"] > 0, result["message"]
    assert "responses with 5xx from the new revision: GET /version 500" in result["message"]
    if result["verdict"] == "rolled_back":
        assert f"alarm {ALARM} went off" in result["message"]
    else:
        assert result["verdict"] == "requests_failed"
        assert result["message"].startswith("Deployed, but requests fail")
        assert any("rollback" in step for step in result["next_steps"])


@pytest.mark.full
def test_a_deploy_whose_requests_fail_is_rolled_back_where_that_is_requested(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    spendsense("rollback", "--to", str(up["revision"]), expect=None)  # the test before may have left what fails
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, 240)
    [serving] = spendsense.json("status")["services"]
    broken = source_with({"app/version.py": (SETTINGS, f'{SETTINGS}    raise ValueError("broken once more")\n')})
    result = spendsense.json("deploy", "--source", str(broken), "--roll-back-failing", expect=1)
    assert result["verdict"] == "rolled_back", result["message"]
    assert result["traffic"]["failures"]["GET /version 500"] > 0, result["message"]
    [after] = spendsense.json("status", expect=None)["services"]
    assert after["image"] == serving["image"]


def test_an_alarm_that_is_in_alarm_before_the_deployment_is_named(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    source = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.2.0"')})
    cloudwatch = client(up, "cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="Test",
        MetricName="NobodyMeasuresThis",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    wait_until(lambda: spendsense.json("status", expect=None)["alarms"][ALARM] == "ALARM", 180)
    assert f"{ALARM} is in ALARM" in spendsense("status", expect=1).stdout
    verified = spendsense("verify").stdout
    assert f"WARN    {ALARM}: is in ALARM" in verified
    with Load(up["url"], per_second=20) as tally:
        done = spendsense("deploy", "--source", str(source))
    assert tally.failures == []
    assert f"alarm {ALARM} was in ALARM before the deployment began: ECS then ignores its alarms" in done.stderr
    assert "Deployed, but" in done.stdout
