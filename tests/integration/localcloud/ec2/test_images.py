"""Machine images: the local cloud runs no instances, so it has no public ones."""

from pathlib import Path
from typing import Any


async def test_there_are_no_public_images_and_none_are_saved_with_each_change(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        assert (await cloud.call("ec2", "describe_images"))["Images"] == []
        assert (await cloud.call("ec2", "describe_snapshots"))["Snapshots"] == []
        await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")
    assert len(saved(tmp_path)) < 50_000


def saved(directory: Path) -> bytes:
    (path,) = directory.rglob("ec2.state")
    return path.read_bytes()
