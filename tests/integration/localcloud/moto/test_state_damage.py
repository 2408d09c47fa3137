"""Damaged and lost files of moto's state, and what cannot be stored."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.host import ACCOUNT_ID

WEST = {"LocationConstraint": "us-west-1"}

DAMAGES = [b"", b"{", b"[]\nxxx", b"\xff\xfe\x00", None]


def damage(path: Path, content: bytes | None) -> None:
    """Write `content` to a file, or truncate it when there is none."""
    data = path.read_bytes()[:-10] if content is None else content
    path.unlink()  # it may be a hard link of another file
    path.write_bytes(data)


@pytest.mark.parametrize("content", DAMAGES)
async def test_a_damaged_file_gives_its_place_to_the_one_before_it(
    cloud_in: Any, tmp_path: Path, content: bytes | None
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for name in ("first", "last"):
            await cloud.call("ssm", "put_parameter", Name=name, Value="1", Type="String")
    path = tmp_path / "moto" / "ssm.state"
    damage(path, content)
    for _ in range(2):
        async with cloud_in(tmp_path, {}) as cloud:
            for name in ("first", "last"):
                assert (await cloud.call("ssm", "get_parameter", Name=name))["Parameter"]["Value"] == "1"
            reported = cloud.set_aside
            if path.with_name("ssm.state.set-aside").exists() and reported:
                assert reported[0].startswith(f"{path}.set-aside: cannot be read")
                assert reported[1] == f"{path}: was lost: restored from its copy"


@pytest.mark.parametrize("content", DAMAGES)
async def test_a_damaged_file_without_a_copy_is_set_aside_and_the_others_serve(
    cloud_in: Any, tmp_path: Path, content: bytes | None
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="/spendsense/x", Value="1", Type="String")
        await cloud.call(
            "s3", "create_bucket", Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
    path = tmp_path / "moto" / "ssm.state"
    damage(path, content)
    path.with_name("ssm.state.copy").unlink()
    async with cloud_in(tmp_path, {}) as cloud:
        assert [bucket["Name"] for bucket in (await cloud.call("s3", "list_buckets"))["Buckets"]] == ["kept"]
        await cloud.call("ssm", "put_parameter", Name="/spendsense/x", Value="2", Type="String")
        [reported] = cloud.set_aside
        assert reported.startswith(f"{path}.set-aside: cannot be read")


async def test_a_protection_that_was_tightened_last_is_kept_when_the_newest_file_is_damaged(
    cloud_in: Any, tmp_path: Path
) -> None:
    closed = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", CreateBucketConfiguration=WEST)
        await cloud.call("s3", "put_public_access_block", Bucket="files", PublicAccessBlockConfiguration=closed)
    (tmp_path / "moto" / "s3.state").write_bytes(b"")
    for _ in range(2):  # the copy that replaced it has a copy, too
        async with cloud_in(tmp_path, {}) as cloud:
            answer = await cloud.call("s3", "get_public_access_block", Bucket="files")
            assert answer["PublicAccessBlockConfiguration"].items() >= closed.items()
        (tmp_path / "moto" / "s3.state").unlink()


@pytest.mark.parametrize("content", DAMAGES)
async def test_a_damaged_copy_is_recreated(cloud_in: Any, tmp_path: Path, content: bytes | None) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="first", Value="1", Type="String")
    path = tmp_path / "moto" / "ssm.state"
    damage(path.with_name("ssm.state.copy"), content)
    async with cloud_in(tmp_path, {}):
        assert path.with_name("ssm.state.copy").read_bytes() == path.read_bytes()


async def test_objects_whose_records_are_gone_are_kept(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", CreateBucketConfiguration=WEST)
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"text")
    for path in (tmp_path / "moto").glob("s3.state*"):
        path.unlink()
    async with cloud_in(tmp_path, {}) as cloud:
        [reported] = cloud.set_aside
    kept = tmp_path / "moto" / "s3-bodies.set-aside"
    assert reported.startswith(f"{kept}: s3.state, which describes it, is missing or unreadable")
    assert [each.read_bytes() for each in kept.iterdir()] == [b"text"]


def unkeepable() -> None:
    """Store something that cannot be kept; runs in moto's thread.

    A service of moto's does so that has a thread, a socket or a client of another program.
    """
    from moto.sns.models import sns_backends

    sns_backends[ACCOUNT_ID]["us-west-1"].topics["bad"] = (nothing for nothing in ())


async def test_a_change_that_cannot_be_stored_is_undone_and_affects_nobody_else(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("sns", "create_topic", Name="before")
        put = [cloud.call("ssm", "put_parameter", Name=f"p{n}", Value="1", Type="String") for n in range(10)]
        refused, *_ = await asyncio.gather(cloud.host.moto.change(unkeepable), *put, return_exceptions=True)
        assert (refused.status, "cannot store the result: sns" in refused.message) == (501, True)
        status = cloud.host.moto.status()
        assert (status["status"], status["failures"], list(status["cannot_be_kept"])) == ("ready", {}, ["sns"])
        await cloud.call("sns", "create_topic", Name="after")
        await cloud.call("logs", "create_log_group", logGroupName="g")
    async with cloud_in(tmp_path, {}) as cloud:
        topics = (await cloud.call("sns", "list_topics"))["Topics"]
        assert [topic["TopicArn"].rpartition(":")[2] for topic in topics] == ["before", "after"]
        assert len((await cloud.call("ssm", "get_parameters", Names=[f"p{n}" for n in range(10)]))["Parameters"]) == 10


async def test_a_new_service_that_cannot_be_kept_starts_over(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for _ in range(2):
            with pytest.raises(AwsError, match="cannot store the result"):
                await cloud.host.moto.change(unkeepable)
            assert (await cloud.call("sns", "list_topics"))["Topics"] == []
            await cloud.call("secretsmanager", "create_secret", Name=secrets.token_hex(4), SecretString="s")
