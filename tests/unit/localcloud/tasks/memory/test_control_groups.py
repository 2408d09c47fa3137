"""Places for control groups, on directories that replace the kernel's file systems."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from localcloud.tasks.memory.control_groups import NoControlGroups, OwnGroup, Place, own_group, place_for

ME = os.getpid()
HYBRID_MOUNTS = """\
23 1 259:1 / / rw,relatime - ext4 /dev/root rw
31 23 0:28 / {root} rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / {root}/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / {root}/unified rw,relatime - cgroup2 cgroup2 rw
"""
UNIFIED_MOUNTS = "30 23 0:26 / {root} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Create a directory. `files`: path below `root` -> content."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def group(processes: str = "", controllers: str = "memory pids", given_down: str = "") -> dict[str, str]:
    """Return the files of one version 2 group."""
    return {
        "cgroup.procs": processes,
        "cgroup.controllers": controllers,
        "cgroup.subtree_control": given_down,
        "cgroup.events": "populated 1",
    }


def unified(root: Path, groups: Mapping[str, Mapping[str, str]], own: str) -> OwnGroup:
    for path, files in groups.items():
        tree(root / path, files)
    return own_group(f"0::/{own}\n", UNIFIED_MOUNTS.format(root=root))


def test_in_a_hybrid_system_version_1_has_the_memory_controller(tmp_path: Path) -> None:
    memberships = "9:name=systemd:/\n4:cpu,memory:/jobs/a\n0::/\n"
    mounts = HYBRID_MOUNTS.format(root=tmp_path).replace("rw,memory", "rw,cpu,memory")
    own = own_group(memberships, mounts)
    assert own == OwnGroup(version=1, path=tmp_path / "memory/jobs/a", mount_point=tmp_path / "memory")
    own.path.mkdir(parents=True)
    assert place_for("x", own, [ME]) == Place(version=1, base=tmp_path / "memory/jobs/a/x")


def test_a_mount_that_shows_a_part_of_the_hierarchy_is_followed() -> None:
    mounts = "5 4 0:9 /docker/7f /sys/fs/c\\040group ro master:11 - cgroup cgroup rw,memory\n"
    assert own_group("4:memory:/docker/7f/y\n", mounts).path == Path("/sys/fs/c group/y")


@pytest.mark.parametrize(
    ("memberships", "mounts", "words"),
    [
        ("", "", "in no control group"),
        ("3:cpu:/\n", UNIFIED_MOUNTS, "in no control group"),
        ("0::/\n", "", r"cgroup v2: .* is not mounted"),
        ("4:memory:/\n0::/\n", UNIFIED_MOUNTS, r"cgroup v1: .* is not mounted"),
        ("0::/../../other\n", UNIFIED_MOUNTS, "is not mounted"),
        ("4:memory:/docker/8a\n", "5 4 0:9 /docker/7f /c ro - cgroup cgroup rw,memory\n", "is not mounted"),
    ],
)
def test_a_group_that_cannot_be_found_is_reported(memberships: str, mounts: str, words: str) -> None:
    with pytest.raises(NoControlGroups, match=words):
        own_group(memberships, mounts.format(root="/sys/fs/cgroup"))


def test_version_2_without_the_controller_is_refused_with_the_reason(tmp_path: Path) -> None:
    own = unified(tmp_path, {"": group(controllers="hugetlb")}, "")
    with pytest.raises(NoControlGroups, match=r"no memory controller \(it has: hugetlb\).*Delegate=yes"):
        place_for("x", own, [ME])


def test_the_root_of_the_machine_may_have_processes_and_controllers(tmp_path: Path) -> None:
    root = group(f"1\n{ME}\n")
    del root["cgroup.events"]
    own = unified(tmp_path, {"": root}, "")
    assert place_for("x", own, [ME]) == Place(version=2, base=tmp_path / "x", needs_controller=True)
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory")
    assert place_for("x", own, [ME]) == Place(version=2, base=tmp_path / "x")


def test_alone_in_its_group_the_local_cloud_retreats_into_one_below(tmp_path: Path) -> None:
    own = unified(tmp_path, {"": group(given_down="memory"), "unit": group(f"{ME}\n99\n")}, "unit")
    assert place_for("x", own, [ME, 99]) == Place(
        version=2, base=tmp_path / "unit/x", needs_controller=True, retreat=tmp_path / "unit/x-itself"
    )


@pytest.mark.parametrize("others", ["77", "0"])
def test_beside_others_it_moves_nobody_and_takes_a_place_next_to_them(tmp_path: Path, others: str) -> None:
    own = unified(tmp_path, {"": group(given_down="memory"), "shell": group(f"{ME}\n{others}\n")}, "shell")
    assert place_for("x", own, [ME]) == Place(version=2, base=tmp_path / "x")


def test_beside_others_below_a_group_that_gives_nothing_down_there_is_no_place(tmp_path: Path) -> None:
    own = unified(tmp_path, {"": group(given_down="pids"), "shell": group(f"{ME}\n77\n")}, "shell")
    with pytest.raises(NoControlGroups, match="containing other processes"):
        place_for("x", own, [ME])


def test_a_container_that_sees_itself_as_the_root_is_not_divided(tmp_path: Path) -> None:
    """The group above the mount belongs to another owner, whichever directory is there."""
    own = unified(tmp_path / "c", {"": group(f"1\n{ME}\n"), "..": group(given_down="memory")}, "")
    with pytest.raises(NoControlGroups):
        place_for("x", own, [ME])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_group_of_another_user_is_left_alone(tmp_path: Path) -> None:
    own = unified(tmp_path, {"": group(given_down="memory"), "unit": group(f"{ME}\n")}, "unit")
    tmp_path.chmod(0o500)
    own.path.chmod(0o500)
    try:
        with pytest.raises(NoControlGroups):
            place_for("x", own, [ME])
        with pytest.raises(NoControlGroups, match="cannot be written"):
            place_for("x", OwnGroup(version=1, path=own.path, mount_point=tmp_path), [ME])
    finally:
        own.path.chmod(0o700)
        tmp_path.chmod(0o700)
