"""Finds where this process may create control groups that limit memory. It only reads from the system.

Facts: cgroups(7) and the kernel's admin guides cgroup-v1/memory and cgroup-v2.
"""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

AS_A_USER = "start it under `systemd-run --user --scope -p Delegate=yes`"


class NoControlGroups(Exception):
    """No control groups can be created here; the message says why and, where there is one, names a remedy."""


@dataclass(frozen=True, kw_only=True)
class OwnGroup:
    """The directory of this process's own group in the hierarchy (1 or 2) that has the memory controller."""

    version: int
    path: Path
    mount_point: Path


@dataclass(frozen=True, kw_only=True)
class Place:
    """The groups to create: `base` is the local cloud's own group, above those of its tasks.

    `needs_controller`: the parent of `base` must first delegate the memory controller. `retreat`: a group beside
    `base` for the local cloud itself, since a group of cgroup v2 has either processes or controllers below it.
    """

    version: int
    base: Path
    needs_controller: bool = False
    retreat: Path | None = None


def own_group(memberships: str, mounts: str) -> OwnGroup:
    """Parse the texts of /proc/self/cgroup and /proc/self/mountinfo. Errors: NoControlGroups."""
    paths = {}
    for line in memberships.splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            paths[1] = path
        elif not controllers:
            paths[2] = path
    if not paths:
        raise NoControlGroups("this process is in no control group")
    # A controller is in one hierarchy only: if version 1 has it, version 2 cannot.
    version = min(paths)
    for root, mount_point, kind, options in _mounts(mounts):
        matches = kind == "cgroup2" if version == 2 else kind == "cgroup" and "memory" in options
        if matches and Path(paths[version]).is_relative_to(root):
            relative = Path(paths[version]).relative_to(root)
            if ".." not in relative.parts:
                return OwnGroup(version=version, path=mount_point / relative, mount_point=mount_point)
    raise NoControlGroups(f"cgroup v{version}: the group of this process ({paths[version]}) is not mounted")


def place_for(name: str, own: OwnGroup, ours: Collection[int]) -> Place:
    """Return where a group `name` can be created without harm to others. `ours`: this process and its children.

    Errors: NoControlGroups.
    """
    if own.version == 1:
        if not _may_write(own.path):
            raise NoControlGroups(f"cgroup v1: {own.path} cannot be written by this user")
        return Place(version=1, base=own.path / name)
    return _place_in_version_2(name, own, ours)


def _place_in_version_2(name: str, own: OwnGroup, ours: Collection[int]) -> Place:
    """Choose a place below the own group, with a retreat if needed, else beside it if the parent may be divided."""
    available, given_down = _words(own.path / "cgroup.controllers"), _words(own.path / "cgroup.subtree_control")
    if "memory" not in available:
        offered = ", ".join(available) or "none"
        raise NoControlGroups(f"cgroup v2: {own.path} has no memory controller (it has: {offered}); {AS_A_USER}")
    if _may_write(own.path, "cgroup.procs", "cgroup.subtree_control"):
        if "memory" in given_down:
            return Place(version=2, base=own.path / name)
        # Only the machine's root group may have both processes and controllers; it lacks this file.
        if own.path == own.mount_point and not (own.path / "cgroup.events").exists():
            return Place(version=2, base=own.path / name, needs_controller=True)
        if set(process_ids(own.path)) <= set(ours):
            retreat = own.path / f"{name}-itself"
            return Place(version=2, base=own.path / name, needs_controller=True, retreat=retreat)
    above = own.path.parent
    if (
        own.path != own.mount_point
        and "memory" in _words(above / "cgroup.subtree_control")
        and _may_write(above, "cgroup.procs")
    ):
        return Place(version=2, base=above / name)
    raise NoControlGroups(
        f"cgroup v2: neither {own.path} (owned by another user, or containing other processes) nor its parent can be "
        f"divided; {AS_A_USER}"
    )


def process_ids(group: Path) -> list[int]:
    """Return the processes in a group; 0 stands for one that is not visible from here. Errors: OSError."""
    return [int(word) for word in (group / "cgroup.procs").read_text().split()]


def _mounts(text: str) -> list[tuple[Path, Path, str, list[str]]]:
    """Return (root, mount point, type, options of the file system)."""
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        root, mount_point = (Path(_unescaped(word)) for word in before.split(" ")[3:5])
        kind, _, options = after.split(" ")[:3]
        found.append((root, mount_point, kind, options.split(",")))
    return found


def _unescaped(word: str) -> str:
    r"""`\040` is a space."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), word)


def _may_write(directory: Path, *files: str) -> bool:
    return all(os.access(path, os.W_OK) for path in (directory, *(directory / file for file in files)))


def _words(path: Path) -> list[str]:
    """Read a file as words. Errors: NoControlGroups."""
    try:
        return path.read_text().split()
    except OSError as exc:
        raise NoControlGroups(f"{path}: {exc.strerror}") from exc
