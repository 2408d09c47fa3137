"""The service's task definition and the report of its repair task."""

from ops.aws.clients import Aws
from ops.recovery import service
from tests.unit.ops.recovery.conftest import IMAGE


def test_tasks_get_a_revision_that_reads_the_password_where_it_is_now(cluster: Aws) -> None:
    definition = service.chosen_definition(cluster, 1, None)
    assert service.on_present_secret(cluster, definition, None) is definition
    assert service.on_present_secret(cluster, definition, "a") is definition
    moved = service.on_present_secret(cluster, definition, "b")
    assert moved["revision"] == 2
    [container] = moved["containerDefinitions"]
    assert {"name": "DATABASE_SECRET_ARN", "value": "b"} in container["environment"]
    assert container["image"] == IMAGE


def test_the_report_of_the_task_is_found_among_its_lines() -> None:
    lines = ["not json", '{"action": "after_restore", "users": 3}', '["x"]', '{"action": "stopped"}']
    assert service.after_restore_report(lines)["users"] == 3
    assert service.after_restore_report(["{}"]) == {}
