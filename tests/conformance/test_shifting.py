"""Blue/green, canary and linear deployments: stages, traffic, hooks, and rollbacks."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.record import Record, watch
from tests.conformance.shifted import BLUE_GREEN, ORDER, Shifted, pause
from tests.conformance.stage import CONTAINER, PORT, Stage, server

fact = pytest.mark.fact

PAUSES = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)


@pytest.fixture(scope="module")
def shifted(stage: Stage) -> Iterator[Shifted]:
    """The service that the cases in this file share, and leave steady."""
    created = Shifted(stage)
    created.create(BLUE_GREEN)
    stage.until_deployment(created.name, "SUCCESSFUL")
    yield created
    stage.cloud.ecs.delete_service(cluster=stage.cluster, service=created.name, force=True)


@pytest.fixture(scope="module")
def walked(shifted: Shifted) -> Any:
    """Observations of a blue/green deployment that paused at every stage where pausing is allowed."""
    shifted.deploy("v2", BLUE_GREEN | {"lifecycleHooks": [pause(*PAUSES)]})
    seen = {}
    for name in PAUSES:
        paused = shifted.until_paused(name)
        seen[name] = {
            "production": shifted.production.bodies(8),
            "test": shifted.test.bodies(8),
            "counts": shifted.counts(),
            "weight": paused["targetServiceRevision"]["requestedProductionTrafficWeight"],
            "status": paused["status"],
        }
        shifted.answer(paused)
    seen["end"] = shifted.stage.until_deployment(shifted.name, "SUCCESSFUL")
    return seen


@fact("1.9/stages", "1.9/pause")
def test_it_paused_at_every_stage_in_order(walked: Wire) -> None:
    assert [name for name in walked if name != "end"] == list(PAUSES)
    assert {walked[name]["status"] for name in PAUSES} == {"IN_PROGRESS"}
    assert walked["end"]["lifecycleStage"] == "CLEAN_UP"


@fact("1.9/blue-green", "1.9/twice-the-tasks")
def test_green_is_whole_before_it_gets_traffic_and_blue_stays_until_clean_up(walked: Wire, shifted: Shifted) -> None:
    assert walked["PRE_SCALE_UP"]["counts"] == (1, 0)
    for name in PAUSES[1:]:
        assert walked[name]["counts"] == (1, 1), name
    production = {name: walked[name]["production"] for name in PAUSES}
    assert production == {name: {"v1"} for name in PAUSES[:4]} | {PAUSES[4]: {"v2"}}
    assert [walked[name]["weight"] for name in PAUSES] == [0, 0, 0, 0, 100]
    [task] = shifted.stage.until_steady(shifted.name)["deployments"]
    assert task["runningCount"] == 1


@fact("1.9/test-traffic")
def test_testers_see_green_before_production_does(walked: Wire) -> None:
    assert walked["POST_SCALE_UP"]["test"] == {"v1"}
    assert walked["POST_TEST_TRAFFIC_SHIFT"]["test"] == {"v2"}
    assert walked["POST_TEST_TRAFFIC_SHIFT"]["production"] == {"v1"}


@fact("1.9/revisions", "1.2/service-deployment")
def test_the_revisions_of_both_sides_can_be_described(walked: Wire, shifted: Shifted) -> None:
    arns = [walked["end"]["sourceServiceRevisions"][0]["arn"], walked["end"]["targetServiceRevision"]["arn"]]
    described = shifted.stage.cloud.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    definitions = {each["serviceRevisionArn"]: each["taskDefinition"] for each in described}
    assert definitions[arns[0]].endswith(":1")
    assert definitions[arns[1]].endswith(":2")
    assert all(each["loadBalancers"] for each in described)


@fact("1.9/pause", "1.3/rollback")
def test_a_rejected_pause_goes_back(shifted: Shifted) -> None:
    before = shifted.production.bodies(4)
    shifted.deploy("rejected", BLUE_GREEN | {"lifecycleHooks": [pause("POST_PRODUCTION_TRAFFIC_SHIFT")]})
    paused = shifted.until_paused("POST_PRODUCTION_TRAFFIC_SHIFT")
    assert shifted.production.bodies(8) == {"rejected"}
    shifted.answer(paused, "ROLLBACK")
    ended = shifted.stage.until_deployment(shifted.name, "ROLLBACK_SUCCESSFUL")
    assert ended["rollback"]["serviceRevisionArn"] == ended["sourceServiceRevisions"][0]["arn"]
    assert shifted.production.bodies(8) == before
    assert any("rolling back to deployment" in message for message in shifted.stage.messages(shifted.name))


@fact("1.9/pause-timeout")
@pytest.mark.full
def test_a_pause_without_decision_continues_or_rolls_back_as_configured(shifted: Shifted) -> None:
    hook = pause("PRE_SCALE_UP", minutes=1, action="CONTINUE")
    shifted.deploy("timed-out", BLUE_GREEN | {"lifecycleHooks": [hook]})
    shifted.stage.until_deployment(shifted.name, "SUCCESSFUL")
    assert shifted.production.bodies(4) == {"timed-out"}
    shifted.deploy("never", BLUE_GREEN | {"lifecycleHooks": [pause("PRE_SCALE_UP", minutes=1)]})
    shifted.stage.until_deployment(shifted.name, "ROLLBACK_SUCCESSFUL")
    assert shifted.production.bodies(4) == {"timed-out"}


@fact("1.9/lambda")
def test_a_function_that_succeeds_lets_it_continue(shifted: Shifted) -> None:
    settings = shifted.stage.cloud.settings
    if not settings.hook_function:
        pytest.skip("needs SPENDSENSE_CONFORMANCE_HOOK_FUNCTION: a Lambda function that returns SUCCEEDED")
    stages = ["PRE_SCALE_UP", "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]
    hook = {"hookTargetArn": settings.hook_function, "roleArn": settings.hook_role, "lifecycleStages": stages}
    shifted.deploy("hooked", BLUE_GREEN | {"lifecycleHooks": [hook]})
    ended = shifted.stage.until_deployment(shifted.name, "SUCCESSFUL")
    assert {each["status"] for each in ended["lifecycleHookDetails"]} == {"SUCCEEDED"}


@fact("1.9/canary")
def test_a_canary_gets_its_share_and_then_everything(shifted: Shifted) -> None:
    canary = {"canaryPercent": 20.0, "canaryBakeTimeInMinutes": 1}
    shares: set[float] = set()

    def look() -> None:
        weights = shifted.weights()
        shares.update(100 * weight / sum(weights.values()) for weight in weights.values())

    record = deploy_and_watch(shifted, "canary", {"strategy": "CANARY", "canaryConfiguration": canary}, look)
    assert record.weights() == [0, 20, 100]
    assert shares == {0, 20, 80, 100}, "of the listener rule itself"
    assert shifted.production.bodies(8) == {"canary"}
    assert_in_order(record)


@fact("1.9/linear")
def test_linear_steps_are_equal(shifted: Shifted) -> None:
    linear = {"stepPercent": 60.0, "stepBakeTimeInMinutes": 1}
    record = deploy_and_watch(shifted, "linear", {"strategy": "LINEAR", "linearConfiguration": linear})
    assert record.weights() == [0, 60, 100]
    assert shifted.production.bodies(8) == {"linear"}
    assert_in_order(record)


def deploy_and_watch(shifted: Shifted, version: str, configuration: Wire, look: Any = None) -> Record:
    shifted.deploy(version, {"bakeTimeInMinutes": 0, "lifecycleHooks": []} | configuration)

    def over() -> bool:
        """the end of the deployment"""
        return bool(shifted.stage.newest(shifted.name)["status"] == "SUCCESSFUL")

    return watch(shifted.stage, shifted.name, over, look=look)


def assert_in_order(record: Record) -> None:
    indexes = [ORDER.index(stage) for stage in record.stages()]
    assert indexes == sorted(indexes)
    assert "PRODUCTION_TRAFFIC_SHIFT" in record.stages()
    assert "RECONCILE_SERVICE" not in record.stages(), "only with more than one revision to begin with"


@fact("1.9/stop", "1.9/stop-finished")
def test_a_user_stops_it_while_it_bakes(shifted: Shifted) -> None:
    before = shifted.production.bodies(4)
    shifted.deploy("stopped", BLUE_GREEN | {"bakeTimeInMinutes": 600})
    shifted.stage.cloud.until(lambda: shifted.production.bodies(4) == {"stopped"}, "its traffic", 900)
    arn = shifted.stage.newest(shifted.name)["serviceDeploymentArn"]
    ecs = shifted.stage.cloud.ecs
    assert ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")["serviceDeploymentArn"] == arn
    ended = shifted.stage.until_deployment(shifted.name, "ROLLBACK_SUCCESSFUL")
    assert ended["targetServiceRevision"]["requestedProductionTrafficWeight"] == 0
    assert shifted.production.bodies(8) == before
    with shifted.stage.cloud.refused("ConflictException"):
        ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")


@fact("1.9/wrong-rule")
def test_a_rule_that_forwards_to_one_group_only_rolls_back(stage: Stage) -> None:
    wrong = Shifted(stage, with_test=False, rule_to=1)
    wrong.create(BLUE_GREEN)
    words = (
        "Both targetGroup and alternateTargetGroup must be associated with the "
        "productionListenerRule or testListenerRule."
    )
    ended = stage.until_deployment(wrong.name, "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED")
    assert words in ended["statusReason"]
    stage.cloud.ecs.delete_service(cluster=stage.cluster, service=wrong.name, force=True)


@fact("1.9/hook-stages", "1.9/ranges", "1.9/bake-required", "1.9/advanced-needed")
@pytest.mark.parametrize(
    "configuration",
    [
        {"strategy": "BLUE_GREEN"},
        BLUE_GREEN | {"bakeTimeInMinutes": 1441},
        BLUE_GREEN | {"bakeTimeInMinutes": -1},
        BLUE_GREEN | {"lifecycleHooks": [pause("SCALE_UP")]},
        BLUE_GREEN | {"lifecycleHooks": [pause("BAKE_TIME")]},
        BLUE_GREEN | {"lifecycleHooks": [pause("CLEAN_UP")]},
        BLUE_GREEN | {"lifecycleHooks": [pause("TEST_TRAFFIC_SHIFT")]},
        BLUE_GREEN | {"lifecycleHooks": [pause("PRODUCTION_TRAFFIC_SHIFT")]},
        BLUE_GREEN | {"lifecycleHooks": [pause("PRE_SCALE_UP", minutes=20_161)]},
        BLUE_GREEN | {"lifecycleHooks": [pause("PRE_SCALE_UP") for _ in range(11)]},
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.9}},
        {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 100.1}},
        {"strategy": "LINEAR", "linearConfiguration": {"stepBakeTimeInMinutes": 1441}},
        {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.05}},
        {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 1441}},
    ],
    ids=lambda configuration: "-".join(map(str, list(configuration.values())[1:]))[:60],
)
def test_settings_that_are_refused(stage: Stage, shifted: Shifted, configuration: Wire) -> None:
    with stage.cloud.refused("InvalidParameterException"):
        stage.cloud.ecs.create_service(
            cluster=stage.cluster,
            serviceName=stage.cloud.new_name("refused"),
            taskDefinition=shifted.family,
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration=stage.network,
            deploymentConfiguration=configuration,
            loadBalancers=[
                {
                    "targetGroupArn": shifted.groups[0],
                    "containerName": CONTAINER,
                    "containerPort": PORT,
                    "advancedConfiguration": shifted.advanced,
                }
            ],
        )


@fact("1.9/advanced-needed", "1.9/dropped")
def test_both_groups_are_needed_and_a_canary_of_another_strategy_is_dropped(stage: Stage) -> None:
    group = stage.group()
    stage.door_to(group)
    definition = stage.register(server())
    with stage.service(definition, 0, **stage.behind(group)) as name:
        with stage.cloud.refused("InvalidParameterException") as error:
            stage.update(name, deploymentConfiguration=BLUE_GREEN)
        assert error["message"] == "advancedConfiguration field is required for all loadBalancers"
    both = Shifted(stage)
    both.create(BLUE_GREEN | {"canaryConfiguration": {"canaryPercent": 20.0}})
    assert "canaryConfiguration" not in stage.describe(both.name)["deploymentConfiguration"]
    stage.cloud.ecs.delete_service(cluster=stage.cluster, service=both.name, force=True)
