"""A version that passes health checks but fails real requests: the verdict and the status report it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.acceptance.command import Spendsense, client, wait_until
from tests.acceptance.load import Load

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
ALARM = "spendsense-local-error-rate-surge"
SETTINGS = "    settings = resources.settings\n"


def test_5xx_on_real_routes_roll_a_deployment_back_or_are_reported(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    assert set(spendsense.json("status", expect=None)["alarms"]) == {ALARM, "spendsense-local-latency-high"}
    broken = source_with({"app/version.py": (SETTINGS, f'{SETTINGS}    raise ValueError("broken on purpose")\n')})
    with Load(up["url"], per_second=20):
        result = json.loads(spendsense("deploy", "--source", str(broken), "--json", expect=None).stdout)
        status = spendsense("status", expect=None)
    assert result["doubts"]["server_errors"]["GET /version 500"] > 0, result["message"]
    assert result["traffic"]["failures"]["GET /version 500"] > 0, result["message"]
    assert "responses with 5xx from the new revision: GET /version 500" in result["message"]
    if result["verdict"] == "rolled_back":
        assert f"alarm {ALARM} went off" in result["message"]
        assert status.returncode == 1
        assert f"{ALARM} is in ALARM" in status.stdout
    else:
        assert result["verdict"] == "requests_failed"
        assert result["message"].startswith("Deployed, but requests fail")
        assert any("rollback" in step for step in result["next_steps"])


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
    done = spendsense("deploy", "--source", str(source))
    assert f"alarm {ALARM} was in ALARM before the deployment began: ECS then ignores its alarms" in done.stderr
    assert "Deployed, but" in done.stdout
