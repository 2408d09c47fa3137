"""The service's task definition and the report of its repair task."""

from ops.aws.clients import Aws
from ops.parameters.recovery_journal import Journal
from ops.recovery import service
from ops.waiter import Deadline
from tests.integration.ops.recovery.conftest import IMAGE


def test_tasks_get_a_revision_that_reads_the_password_where_it_is_now(cluster: Aws) -> None:
    definition = service.chosen_definition(cluster, 1, None)
    assert service.on_present_secret(cluster, definition, None) is definition
    assert service.on_present_secret(cluster, definition, "a") is definition
    moved = service.on_present_secret(cluster, definition, "b")
    assert moved["revision"] == 2
    [container] = moved["containerDefinitions"]
    assert {"name": "DATABASE_SECRET_ARN", "value": "b"} in container["environment"]
    assert container["image"] == IMAGE


def test_tasks_that_scaling_starts_again_are_stopped_again(cluster: Aws) -> None:
    """Scaling may bring a count that it read before ours into its range after ours was set."""
    where = cluster.environment
    which = {"cluster": where.cluster, "service": where.service}
    cluster.ecs.create_service(
        cluster=where.cluster, serviceName=where.service, taskDefinition=where.family, desiredCount=3
    )
    scaling = Aws(where).ecs
    counts: list[int] = []

    def scale_once(**_: object) -> None:
        [found] = scaling.describe_services(cluster=where.cluster, services=[where.service])["services"]
        counts.append(found["desiredCount"])
        if len(counts) == 1:
            scaling.update_service(**which, desiredCount=2)

    cluster.ecs.meta.events.register("after-call.ecs.UpdateService", scale_once)
    journal = Journal(id="1", began_at="2026-11-29T12:00:00+00:00")
    service.stop_tasks(cluster, journal, Deadline(60.0, sleep=lambda _: None))
    assert counts == [0, 0]
    assert journal.desired == 3
