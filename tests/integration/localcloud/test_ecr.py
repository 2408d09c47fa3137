"""ECR's images over the wire."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.ecr.registry import Registry
from localcloud.tasks.images import CannotPullContainer

REPOSITORY = "spendsense-backend"
NAME = f"123456789012.dkr.ecr.us-west-1.amazonaws.com/{REPOSITORY}"


class RegistryPart(Registry):
    """The overlay alone has nothing to start."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def manifest(number: int) -> str:
    layer = {"mediaType": "application/vnd.spendsense.directory.v1", "size": 1, "digest": f"sha256:{number:064x}"}
    return json.dumps(
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [layer]}
    )


def digest_of(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


async def put(cloud: Any, number: int, tag: str, **more: Any) -> str:
    answer = await cloud.call(
        "ecr", "put_image", repositoryName=REPOSITORY, imageManifest=manifest(number), imageTag=tag, **more
    )
    return str(answer["image"]["imageId"]["imageDigest"])


async def test_an_image_has_the_digest_of_its_manifest_also_after_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        assert await put(cloud, 1, "one") == digest_of(manifest(1))
        with pytest.raises(ClientError, match="ImageDigestDoesNotMatchException"):
            await put(cloud, 2, "two", imageDigest=digest_of("other"))
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        registry = cloud.parts["ecr"]
        for reference in (f"{NAME}:one", f"{NAME}@{digest_of(manifest(1))}", f"{NAME}:one@{digest_of(manifest(1))}"):
            assert await registry.resolve(reference) == (digest_of(manifest(1)), json.loads(manifest(1)))


async def test_an_image_whose_tag_moved_on_is_still_there_by_digest(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        old, new = await put(cloud, 1, "latest"), await put(cloud, 2, "latest")
        assert (await cloud.parts["ecr"].resolve(f"{NAME}:latest"))[0] == new
        assert (await cloud.parts["ecr"].resolve(f"{NAME}@{old}"))[0] == old
        # Back again, as a rollback by tag does.
        assert await put(cloud, 1, "latest") == old
        assert (await cloud.parts["ecr"].resolve(NAME))[0] == old


async def test_an_immutable_tag_is_not_moved(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY, imageTagMutability="IMMUTABLE")
        old = await put(cloud, 1, "v1")
        with pytest.raises(ClientError, match="ImageTagAlreadyExistsException"):
            await put(cloud, 2, "v1")
        assert (await cloud.parts["ecr"].resolve(f"{NAME}:v1"))[0] == old


async def test_what_is_not_there_is_told_in_the_words_of_a_stopped_task(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        registry = cloud.parts["ecr"]
        for reference in (f"{NAME}:none", "docker.io/library/nginx:latest"):
            with pytest.raises(CannotPullContainer, match=r"^CannotPullContainerError: .*"):
                await registry.resolve(reference)
        with pytest.raises(ClientError, match="RepositoryNotFoundException"):
            await put(cloud, 1, "one")
