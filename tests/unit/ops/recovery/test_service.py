"""The report of the repair task."""

from ops.recovery import service


def test_the_report_of_the_task_is_found_among_its_lines() -> None:
    lines = ["not json", '{"action": "after_restore", "users": 3}', '["x"]', '{"action": "stopped"}']
    assert service.after_restore_report(lines)["users"] == 3
    assert service.after_restore_report(["{}"]) == {}
