"""State that an earlier moto wrote, whose classes had other attributes or are gone."""

import asyncio
import hashlib
import json
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.elasticache.caches import Caches
from localcloud.machine.set_aside import SUFFIX as SET_ASIDE
from localcloud.moto.writers import Writer, this_writer
from tests.integration.localcloud.moto.earlier_states import FACTS, STATES, lost
from tests.integration.localcloud.moto.stored_world import make_foreign

BUCKET = {"Bucket": "files", "CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
EARLIER = {**this_writer(), "moto": "5.0"}


def rewrite(path: Path, change: Callable[[bytes], bytes], writer: Writer = EARLIER) -> None:
    """Change the bytes of each backend in a file, as if another version had written them."""
    backends = pickle.loads(path.read_bytes().partition(b"\n")[2])  # noqa: S301 - our own
    data = pickle.dumps({key: change(content) for key, content in backends.items()})
    header = json.dumps({**writer, "sha256": hashlib.sha256(data).hexdigest()}).encode()
    for name in (path, path.with_name(f"{path.name}.copy")):
        name.write_bytes(header + b"\n" + data)


def renamed(before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    assert len(before) == len(after)  # the bytes hold the length before the name
    return lambda content: content.replace(before, after)


async def body(cloud: Any, key: str, **more: Any) -> bytes:
    answer = await cloud.call("s3", "get_object", Bucket="files", Key=key, **more)
    return bytes(await asyncio.to_thread(answer["Body"].read))


async def test_objects_are_read_when_their_class_has_gained_and_lost_attributes(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", **BUCKET)
        await cloud.call("s3", "put_bucket_versioning", Bucket="files", VersioningConfiguration={"Status": "Enabled"})
        first = await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"first", Metadata={"m": "1"})
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"second")
    # The class of today finds no checksum_type, and an attribute that it does not know.
    rewrite(tmp_path / "moto" / "s3.state", renamed(b"checksum_type", b"another__type"))
    for _ in range(2):
        async with cloud_in(tmp_path, {}) as cloud:
            assert await body(cloud, "k") == b"second"
            assert await body(cloud, "k", VersionId=first["VersionId"]) == b"first"
            head = await cloud.call("s3", "head_object", Bucket="files", Key="k", VersionId=first["VersionId"])
            assert head["Metadata"] == {"m": "1"}


async def test_an_undone_change_after_an_upgrade_leaves_what_was_carried_over(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", **BUCKET)
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"text")
    rewrite(tmp_path / "moto" / "s3.state", renamed(b"checksum_type", b"another__type"))
    async with cloud_in(tmp_path, {}) as cloud:
        state = cloud.host.moto._state
        keys = {key for key in state._pickles if key[0] == "s3"}
        await cloud.host.moto.run(lambda: state.restore(keys, set()))
        assert await body(cloud, "k") == b"text"


async def test_data_without_a_class_is_named_and_its_files_stay(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", **BUCKET)
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"text")
        await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="value")
    path = tmp_path / "moto" / "s3.state"
    rewrite(path, renamed(b"FakeBucket", b"GoneBucket"))
    foreign = path.read_bytes()
    [stored] = (tmp_path / "moto" / "s3-bodies").iterdir()
    for _ in range(2):
        async with cloud_in(tmp_path, {}) as cloud:
            assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []
            assert (await cloud.call("secretsmanager", "get_secret_value", SecretId="s"))["SecretString"] == "value"
            assert stored.read_bytes() == b"text"
            if reported := cloud.set_aside:
                assert "files (moto.s3.models.GoneBucket)" in reported[0]
                assert "install the former versions" in reported[0]
    kept = path.with_name(f"s3.state{SET_ASIDE}-needed-moto-5.0-python-3.11")
    assert kept.read_bytes() == foreign
    # As the message says: with the former versions, that file takes its place again.
    kept.rename(path)
    path.with_name("s3.state.copy").write_bytes(foreign)
    rewrite(path, renamed(b"GoneBucket", b"FakeBucket"), this_writer())
    async with cloud_in(tmp_path, {}) as cloud:
        assert await body(cloud, "k") == b"text"


async def test_the_data_of_a_server_that_was_not_carried_over_is_set_aside(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await cloud.call(
            "elasticache", "create_replication_group", ReplicationGroupId="cache", ReplicationGroupDescription="d",
            Engine="redis", CacheNodeType="cache.t4g.micro",
        )  # fmt: skip
    directory = tmp_path / "elasticache"
    [before] = [path.name for path in directory.iterdir()]
    rewrite(tmp_path / "moto" / "elasticache.state", renamed(b"ReplicationGroup\x94", b"GoneplicationGrp\x94"))
    for _ in range(2):
        async with cloud_in(tmp_path, {"elasticache": Caches}):
            assert f"{before}{SET_ASIDE}" in [path.name for path in directory.iterdir()]


async def test_state_that_names_a_class_of_ours_which_is_gone_is_carried_over(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="/x", Value="1", Type="String")
    path = tmp_path / "moto" / "ssm.state"
    rewrite(path, renamed(b"Prototype", b"Prototypo"), this_writer())
    async with cloud_in(tmp_path, {}) as cloud:
        assert (await cloud.call("ssm", "get_parameter", Name="/x"))["Parameter"]["Value"] == "1"
        await cloud.call("ssm", "put_parameter", Name="/y", Value="1", Type="String")


async def test_no_file_contains_code(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="/x", Value="1", Type="String")
    assert b"_make_function" not in (tmp_path / "moto" / "ssm.state").read_bytes()


@pytest.mark.parametrize("state", sorted(STATES.iterdir()), ids=lambda state: state.name)
async def test_everything_that_an_earlier_version_wrote_is_found(cloud_in: Any, tmp_path: Path, state: Path) -> None:
    with tarfile.open(state) as archive:
        archive.extractall(tmp_path, filter="data")
    facts = json.loads((tmp_path / FACTS).read_text())
    make_foreign(tmp_path, moto="an earlier one")  # so that it is carried over even to the versions that wrote it
    for is_upgrade in (True, False):
        async with cloud_in(tmp_path, {}) as cloud:
            assert await lost(cloud.call, facts) == []
            reported = cloud.set_aside
            assert len(reported) == is_upgrade, reported
            assert all("every entry" in each for each in reported)
