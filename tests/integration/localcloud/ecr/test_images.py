"""ECR's images over the wire."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from localcloud.ecr.blobs import LINK_S
from localcloud.tasks.images.image_store import CannotPullContainer
from tests.integration.localcloud.ecr.registry_part import RegistryPart

REPOSITORY = "spendsense-backend"
NAME = f"123456789012.dkr.ecr.us-west-1.amazonaws.com/{REPOSITORY}"


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
        # Back to the first image, as in a rollback by tag.
        assert await put(cloud, 1, "latest") == old
        assert (await cloud.parts["ecr"].resolve(NAME))[0] == old


async def test_an_immutable_tag_is_not_moved(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY, imageTagMutability="IMMUTABLE")
        old = await put(cloud, 1, "v1")
        with pytest.raises(ClientError, match="ImageTagAlreadyExistsException"):
            await put(cloud, 2, "v1")
        assert (await cloud.parts["ecr"].resolve(f"{NAME}:v1"))[0] == old


async def test_a_missing_image_is_reported_in_the_words_of_a_stopped_task(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        registry = cloud.parts["ecr"]
        for reference in (f"{NAME}:none", "docker.io/library/nginx:latest"):
            with pytest.raises(CannotPullContainer, match=r"^CannotPullContainerError: .*"):
                await registry.resolve(reference)
        with pytest.raises(ClientError, match="RepositoryNotFoundException"):
            await put(cloud, 1, "one")


CONFIGURATION = b'{"os": "linux"}'
LAYER = bytes(range(256)) * 20_000


async def image_of(cloud: Any, *blobs: bytes) -> list[str]:
    """Store an image with its layers, as `spendsense build` does; -> their digests."""
    store = cloud.host.data_directory / "images" / "blobs" / "sha256"
    store.mkdir(parents=True, exist_ok=True)
    digests = [hashlib.sha256(content).hexdigest() for content in blobs]
    for digest, content in zip(digests, blobs, strict=True):
        (store / digest).write_bytes(content)
    described = [
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": len(content), "digest": f"sha256:{digest}"}
        for digest, content in zip(digests, blobs, strict=True)
    ]
    media_type = "application/vnd.oci.image.manifest.v1+json"
    text = json.dumps({"schemaVersion": 2, "mediaType": media_type, "config": described[0], "layers": described[1:]})
    await cloud.call("ecr", "put_image", repositoryName=REPOSITORY, imageManifest=text, imageTag="whole")
    return [f"sha256:{digest}" for digest in digests]


async def link_to(cloud: Any, digest: str) -> str:
    answer = await cloud.call("ecr", "get_download_url_for_layer", repositoryName=REPOSITORY, layerDigest=digest)
    assert answer["layerDigest"] == digest
    return str(answer["downloadUrl"])


async def test_the_link_to_a_layer_delivers_the_bytes_of_its_digest(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud, httpx.AsyncClient() as http:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        digests = await image_of(cloud, CONFIGURATION, LAYER, b"")
        for digest, content in zip(digests, (CONFIGURATION, LAYER, b""), strict=True):
            url = await link_to(cloud, digest)
            assert url.startswith(f"{cloud.host.endpoint_url}/")
            got = await http.get(url)
            assert (got.status_code, got.content, got.headers["content-length"]) == (200, content, str(len(content)))
            head = await http.head(url)
            assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(content)))
            assert (await http.put(url, content=b"x")).status_code == 405
        answer = await cloud.call(
            "ecr", "batch_check_layer_availability", repositoryName=REPOSITORY, layerDigests=digests
        )
        assert [each["layerSize"] for each in answer["layers"]] == [len(CONFIGURATION), len(LAYER), 0]
        assert answer["failures"] == []


async def test_a_link_to_a_layer_ends_after_an_hour_and_cannot_be_guessed(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}, speed=LINK_S * 4) as cloud, httpx.AsyncClient() as http:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        _, layer = await image_of(cloud, CONFIGURATION, LAYER)
        url = await link_to(cloud, layer)

        async def is_refused() -> bool:
            return (await http.get(url)).status_code == 403

        await cloud.until(is_refused)
        guessed = f"{url.rpartition('/')[0]}/{layer.removeprefix('sha256:')}"
        assert (await http.get(guessed)).status_code == 403


async def test_layers_that_no_image_of_the_repository_has_are_refused(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud, httpx.AsyncClient() as http:
        with pytest.raises(ClientError, match="RepositoryNotFoundException"):
            await link_to(cloud, digest_of("x"))
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        await cloud.call("ecr", "create_repository", repositoryName="other")
        _, layer = await image_of(cloud, CONFIGURATION, LAYER)
        for name, digest in ((REPOSITORY, digest_of("x")), ("other", layer)):
            with pytest.raises(ClientError, match=f"LayersNotFoundException.*'{digest}' does not exist within"):
                await cloud.call("ecr", "get_download_url_for_layer", repositoryName=name, layerDigest=digest)
        # An image whose layer was never stored.
        await put(cloud, 7, "bare")
        with pytest.raises(ClientError, match="LayersNotFoundException"):
            await link_to(cloud, f"sha256:{7:064x}")
        url = await link_to(cloud, layer)
        for path in (tmp_path / "images" / "blobs" / "sha256").iterdir():
            path.unlink()
        assert (await http.get(url)).status_code == 404


async def uploaded(cloud: Any, parts: list[bytes], digest: str) -> Any:
    upload = (await cloud.call("ecr", "initiate_layer_upload", repositoryName=REPOSITORY))["uploadId"]
    first = 0
    for part in parts:
        await cloud.call(
            "ecr",
            "upload_layer_part",
            repositoryName=REPOSITORY,
            uploadId=upload,
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
        first += len(part)
    return await cloud.call(
        "ecr", "complete_layer_upload", repositoryName=REPOSITORY, uploadId=upload, layerDigests=[digest]
    )


async def test_a_layer_that_was_uploaded_is_delivered_once_an_image_has_it(cloud_in: Any, tmp_path: Path) -> None:
    digest = f"sha256:{hashlib.sha256(LAYER).hexdigest()}"
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        with pytest.raises(ClientError, match="EmptyUploadException"):
            await uploaded(cloud, [], digest)
        with pytest.raises(ClientError, match="InvalidLayerException"):
            await uploaded(cloud, [b"other"], digest)
        assert (await uploaded(cloud, [LAYER[:1000], LAYER[1000:]], digest))["layerDigest"] == digest
        with pytest.raises(ClientError, match="LayerInaccessibleException"):
            await link_to(cloud, digest)
        await image_of(cloud, CONFIGURATION, LAYER)
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud, httpx.AsyncClient() as http:
        assert (await http.get(await link_to(cloud, digest))).content == LAYER


async def test_an_image_is_scanned_on_its_push_where_the_repository_says_so(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call(
            "ecr",
            "create_repository",
            repositoryName=REPOSITORY,
            imageScanningConfiguration={"scanOnPush": True},
        )
        digest = await put(cloud, 1, "one")
        found = await findings(cloud, digest)
        assert found["imageScanStatus"]["status"] == "UNSUPPORTED_IMAGE"
        assert "UnsupportedImageError" in found["imageScanStatus"]["description"]
        assert found["imageId"] == {"imageDigest": digest, "imageTag": "one"}
        assert found.get("imageScanFindings", {}).get("findings", []) == []
        (described,) = (await cloud.call("ecr", "describe_images", repositoryName=REPOSITORY))["imageDetails"]
        assert described["imageScanStatus"] == found["imageScanStatus"]
        with pytest.raises(ClientError, match="LimitExceededException"):
            await cloud.call("ecr", "start_image_scan", repositoryName=REPOSITORY, imageId={"imageDigest": digest})
        (configured,) = (
            await cloud.call("ecr", "batch_get_repository_scanning_configuration", repositoryNames=[REPOSITORY])
        )["scanningConfigurations"]
        assert (configured["scanOnPush"], configured["scanFrequency"]) == (True, "SCAN_ON_PUSH")


async def test_otherwise_there_is_no_scan_until_one_is_started(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        digest = await put(cloud, 1, "one")
        with pytest.raises(ClientError, match=r"ScanNotFoundException.*Image scan does not exist"):
            await findings(cloud, digest)
        begun = await cloud.call("ecr", "start_image_scan", repositoryName=REPOSITORY, imageId={"imageTag": "one"})
        assert begun["imageScanStatus"]["status"] == "IN_PROGRESS"
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        assert (await findings(cloud, digest))["imageScanStatus"]["status"] == "UNSUPPORTED_IMAGE"
        with pytest.raises(ClientError, match="ImageNotFoundException"):
            await findings(cloud, digest_of("other"))


async def test_the_registrys_rules_also_scan_on_push_but_no_index(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"ecr": RegistryPart}) as cloud:
        rule = {
            "scanFrequency": "SCAN_ON_PUSH",
            "repositoryFilters": [{"filter": "spend*", "filterType": "WILDCARD"}],
        }
        await cloud.call("ecr", "put_registry_scanning_configuration", scanType="BASIC", rules=[rule])
        await cloud.call("ecr", "create_repository", repositoryName=REPOSITORY)
        digest = await put(cloud, 1, "one")
        assert (await findings(cloud, digest))["imageScanStatus"]["status"] == "UNSUPPORTED_IMAGE"
        media_type = "application/vnd.oci.image.index.v1+json"
        index = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": []})
        await cloud.call("ecr", "put_image", repositoryName=REPOSITORY, imageManifest=index, imageTag="index")
        with pytest.raises(ClientError, match="ScanNotFoundException"):
            await findings(cloud, digest_of(index))
        with pytest.raises(ClientError, match="UnsupportedImageTypeException"):
            await cloud.call("ecr", "start_image_scan", repositoryName=REPOSITORY, imageId={"imageTag": "index"})


async def findings(cloud: Any, digest: str) -> Any:
    return await cloud.call(
        "ecr", "describe_image_scan_findings", repositoryName=REPOSITORY, imageId={"imageDigest": digest}
    )
