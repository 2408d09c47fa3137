"""The duration of each change, from Terraform's messages, stored between applies."""

from pathlib import Path
from typing import Any

from ops.terraform import apply_times
from ops.terraform.apply_times import Watch
from ops.terraform.changes import Action


def message(kind: str, second: float, address: str = "", action: str = "create") -> dict[str, Any]:
    resource = {"addr": address, "resource_type": address.partition(".")[0]}
    return {
        "@timestamp": f"2026-11-29T07:00:{second:09.6f}Z",
        "type": kind,
        "hook": {"resource": resource, "action": action},
    }


def watched(*messages: dict[str, Any]) -> Watch:
    watch = Watch()
    for each in messages:
        watch.read(each)
    return watch


def test_times_are_kept_by_type_and_change(tmp_path: Path) -> None:
    assert apply_times.read(tmp_path) is None
    watch = watched(
        message("version", 0),
        message("apply_start", 2, "aws_lb.this"),
        message("apply_start", 2, "aws_vpc.this"),
        message("apply_complete", 4, "aws_vpc.this"),
        message("apply_complete", 6, "aws_lb.this"),
    )
    apply_times.keep(tmp_path, watch)
    apply_times.keep(tmp_path, watched(message("apply_start", 0, "aws_lb.this", "delete"),
                                 message("apply_complete", 1, "aws_lb.this", "delete")))  # fmt: skip
    found = apply_times.read(tmp_path)
    assert found is not None
    assert found.of("aws_lb", Action.REPLACE) == 4 + 1
    assert found.of("aws_vpc", Action.CREATE) == 2
    assert found.of("aws_vpc", Action.REPLACE) is None


def test_begin_and_width_are_measured(tmp_path: Path) -> None:
    apply_times.keep(tmp_path, watched(
        message("version", 0), message("apply_start", 3, "aws_a.b"), message("apply_start", 3, "aws_a.c"),
        message("apply_complete", 5, "aws_a.b"), message("apply_complete", 5, "aws_a.c"),
    ))  # fmt: skip
    found = apply_times.read(tmp_path)
    assert found is not None
    assert (found.begin_s, found.at_once, found.of("aws_a", Action.CREATE)) == (3, 2, 2)


def test_an_apply_without_changes_and_a_broken_file_say_nothing(tmp_path: Path) -> None:
    apply_times.keep(tmp_path, watched(message("version", 0)))
    assert not (tmp_path / apply_times.NAME).exists()
    (tmp_path / apply_times.NAME).write_text("{")
    assert apply_times.read(tmp_path) is None
