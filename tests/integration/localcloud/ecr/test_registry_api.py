"""Images are pushed to ECR and pulled from it by the OCI distribution API, over the wire."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import pytest_asyncio

from localcloud.ecr.logins import VALID
from localcloud.ecr.uploads import IDLE_S
from tests.integration.localcloud.ecr.registry_part import RegistryPart, caller_of, password

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
LAYER = bytes(range(256)) * 8000  # more than what stays in memory
PARTS = {"ecr": RegistryPart}
pytestmark = pytest.mark.asyncio(loop_scope="module")


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest_of(config: bytes, *layers: bytes, **more: Any) -> bytes:
    described = [
        {"mediaType": CONFIG_TYPE if n == 0 else LAYER_TYPE, "size": len(each), "digest": digest_of(each)}
        for n, each in enumerate((config, *layers))
    ]
    fields = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": described[0], "layers": described[1:]}
    return json.dumps(fields | more).encode()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


@dataclass(frozen=True)
class World:
    cloud: Any
    http: httpx.AsyncClient

    async def repository(self, name: str, **more: Any) -> str:
        await self.cloud.call("ecr", "create_repository", repositoryName=name, **more)
        return f"/v2/{name}"

    async def begun(self, at: str, query: str = "", content: bytes = b"") -> httpx.Response:
        return await self.http.post(f"{at}/blobs/uploads/{query}", content=content)

    async def upload(self, at: str, content: bytes) -> None:
        location = (await self.begun(at)).headers["location"]
        done = await self.http.put(f"{location}?digest={digest_of(content)}", content=content)
        assert done.status_code == 201, done.text

    async def put(self, at: str, manifest: bytes, reference: str, media_type: str = MANIFEST_TYPE) -> httpx.Response:
        headers = {"content-type": media_type}
        return await self.http.put(f"{at}/manifests/{reference}", content=manifest, headers=headers)

    async def pushed(self, at: str, tag: str, config: bytes = b'{"os": "linux"}', *layers: bytes) -> bytes:
        for each in (config, *layers):
            await self.upload(at, each)
        manifest = manifest_of(config, *layers)
        assert (await self.put(at, manifest, tag)).status_code == 201
        return manifest


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with cloud_in(tmp_path_factory.mktemp("registry"), PARTS, caller_of=caller_of) as cloud:
        auth = ("AWS", await password(cloud))
        async with httpx.AsyncClient(base_url=cloud.host.endpoint_url, auth=auth) as http:
            yield World(cloud, http)


async def test_clients_are_challenged_to_log_in_at_the_named_place(world: World) -> None:
    url = world.cloud.host.endpoint_url
    async with httpx.AsyncClient(base_url=url) as stranger:
        answer = await stranger.get("/v2/")
        assert code_of(answer) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == f'Basic realm="{url}",service="ecr.amazonaws.com"'
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
        # Before its body is read.
        assert code_of(await stranger.patch("/v2/a/blobs/uploads/x", content=LAYER)) == (401, "UNAUTHORIZED")
        assert code_of(await stranger.get("/v2/", auth=("AWS", "wrong"))) == (403, "DENIED")
        assert code_of(await stranger.get("/v2/", auth=("test", "test"))) == (403, "DENIED")
    assert (await world.http.get("/v2/")).json() == {}
    data = (await world.cloud.call("ecr", "get_authorization_token"))["authorizationData"]
    assert [each["proxyEndpoint"] for each in data] == [url]


async def test_what_was_pushed_is_what_every_side_answers(world: World) -> None:
    at = await world.repository("team/app")
    manifest = await world.pushed(at, "v1", b'{"os": "linux"}', LAYER)
    digest = digest_of(manifest)
    for reference in ("v1", digest):
        got = await world.http.get(f"{at}/manifests/{reference}")
        assert (got.content, got.headers["docker-content-digest"]) == (manifest, digest)
        assert got.headers["content-type"] == MANIFEST_TYPE
        head = await world.http.head(f"{at}/manifests/{reference}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(manifest))
    blob = await world.http.get(f"{at}/blobs/{digest_of(LAYER)}")
    assert (blob.status_code, blob.content) == (200, LAYER)
    head = await world.http.head(f"{at}/blobs/{digest_of(LAYER)}")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(LAYER)))

    name = {"repositoryName": "team/app"}
    (image,) = (await world.cloud.call("ecr", "describe_images", **name))["imageDetails"]
    assert (image["imageDigest"], image["imageTags"], image["imageSizeInBytes"]) == (digest, ["v1"], len(LAYER))
    answer = await world.cloud.call("ecr", "batch_get_image", **name, imageIds=[{"imageTag": "v1"}])
    assert answer["images"][0]["imageManifest"].encode() == manifest
    link = await world.cloud.call("ecr", "get_download_url_for_layer", **name, layerDigest=digest_of(LAYER))
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(link["downloadUrl"])).content == LAYER


async def test_a_layer_comes_in_parts_or_at_once_and_its_digest_is_verified(world: World) -> None:
    at = await world.repository("parts")
    location = (await world.begun(at)).headers["location"]
    first = await world.http.patch(location, content=LAYER[:1000], headers={"content-range": "0-999"})
    assert (first.status_code, first.headers["range"]) == (202, "0-999")
    gap = await world.http.patch(location, content=b"x", headers={"content-range": "1001-1001"})
    assert code_of(gap) == (416, "BLOB_UPLOAD_INVALID")
    assert (await world.http.get(location)).headers["range"] == "0-999"
    await world.http.patch(location, content=LAYER[1000:])
    done = await world.http.put(f"{location}?digest={digest_of(LAYER)}")
    assert (done.status_code, done.headers["docker-content-digest"]) == (201, digest_of(LAYER))

    once = await world.begun(at, f"?digest={digest_of(b'once')}", b"once")
    assert once.status_code == 201
    assert code_of(await world.begun(at, f"?digest={digest_of(b'other')}", b"once")) == (400, "DIGEST_INVALID")
    wrong = (await world.begun(at)).headers["location"]
    assert code_of(await world.http.put(f"{wrong}?digest=sha256:1", content=b"x")) == (400, "DIGEST_INVALID")
    assert (await world.http.delete(wrong)).status_code == 204
    assert code_of(await world.http.patch(wrong, content=b"x")) == (404, "BLOB_UPLOAD_UNKNOWN")


async def test_a_layer_is_mounted_from_another_repository_and_stored_once(world: World) -> None:
    source, target = await world.repository("mount/source"), await world.repository("mount/target")
    await world.upload(source, LAYER)
    digest = digest_of(LAYER)
    assert (await world.http.head(f"{target}/blobs/{digest}")).status_code == 404
    assert (await world.begun(target, f"?mount={digest}&from=mount/source")).status_code == 201
    assert (await world.http.head(f"{target}/blobs/{digest}")).status_code == 200
    for query in (f"?mount={digest}&from=none", f"?mount={digest}", f"?mount={digest_of(b'x')}&from=mount/source"):
        assert (await world.begun(target, query)).status_code == 202
    blobs = world.cloud.host.data_directory / "images" / "blobs" / "sha256"
    assert [path.stat().st_size for path in blobs.iterdir() if path.name in digest] == [len(LAYER)]


async def test_refusals_have_ecrs_words_and_the_specifications_form(world: World) -> None:
    at = await world.repository("refusals", imageTagMutability="IMMUTABLE")
    missing = await world.begun("/v2/none")
    assert code_of(missing) == (404, "NAME_UNKNOWN")
    assert missing.json()["errors"][0]["message"] == (
        "The repository with name 'none' does not exist in the registry with id '123456789012'"
    )
    manifest = await world.pushed(at, "v1", b"{}")
    again = await world.put(at, manifest, "v1")
    assert again.status_code == 201  # the same image once more
    moved = await world.put(at, manifest_of(b"{}", b"{}"), "v1")
    assert code_of(moved) == (400, "TAG_INVALID")
    assert moved.json()["errors"][0]["message"] == (
        "The image tag 'v1' already exists in the 'refusals' repository and cannot be overwritten because the tag is "
        "immutable."
    )
    assert code_of(await world.put(at, manifest_of(b"{}", b"never pushed"), "v2")) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert code_of(await world.put(at, b"no JSON", "v2")) == (400, "MANIFEST_INVALID")
    assert code_of(await world.put(at, manifest, digest_of(b"other"))) == (400, "DIGEST_INVALID")
    assert code_of(await world.http.get(f"{at}/manifests/none")) == (404, "MANIFEST_UNKNOWN")
    assert code_of(await world.http.get(f"{at}/blobs/{digest_of(b'none')}")) == (404, "BLOB_UNKNOWN")
    assert code_of(await world.http.get(f"{at}/blobs/..%2F..%2Fx")) == (404, "UNSUPPORTED")
    assert code_of(await world.http.delete(f"{at}/manifests/v1")) == (405, "UNSUPPORTED")


async def test_tags_are_listed_in_pages(world: World) -> None:
    at = await world.repository("tags")
    manifest = await world.pushed(at, "b", b"{}")
    for tag in ("a", "c"):
        await world.put(at, manifest, tag)
    page = await world.http.get(f"{at}/tags/list?n=2")
    assert page.json() == {"name": "tags", "tags": ["a", "b"]}
    assert (await world.http.get(page.links["next"]["url"])).json() == {"name": "tags", "tags": ["c"]}


async def test_an_index_and_what_refers_to_an_image(world: World) -> None:
    at = await world.repository("index")
    manifest = await world.pushed(at, "image", b"{}")
    digest = digest_of(manifest)
    child = {"mediaType": MANIFEST_TYPE, "size": len(manifest), "digest": digest}
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [child]}
    assert (await world.put(at, json.dumps(index).encode(), "all", INDEX_TYPE)).status_code == 201
    index["manifests"] = [child | {"digest": digest_of(b"none")}]
    assert code_of(await world.put(at, json.dumps(index).encode(), "bad", INDEX_TYPE)) == (404, "MANIFEST_BLOB_UNKNOWN")

    signature = manifest_of(b"{}", artifactType="application/signature", subject=child)
    put = await world.put(at, signature, digest_of(signature))
    assert (put.status_code, put.headers["oci-subject"]) == (201, digest)
    found = (await world.http.get(f"{at}/referrers/{digest}")).json()["manifests"]
    assert [(each["digest"], each["artifactType"]) for each in found] == [
        (digest_of(signature), "application/signature")
    ]


async def test_a_login_has_the_rights_of_the_caller_who_requested_it(world: World) -> None:
    at = await world.repository("rights")
    await world.pushed(at, "v1", b"{}")
    iam = world.cloud.client("iam")
    await asyncio.to_thread(iam.create_user, UserName="reader")
    key = (await asyncio.to_thread(iam.create_access_key, UserName="reader"))["AccessKey"]
    actions = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    await asyncio.to_thread(iam.put_user_policy, UserName="reader", PolicyName="it", PolicyDocument=json.dumps(policy))
    url = world.cloud.host.endpoint_url
    ecr = boto3.client(
        "ecr",
        endpoint_url=url,
        region_name="us-west-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    async with httpx.AsyncClient(base_url=url, auth=("AWS", await password(world.cloud, ecr))) as http:
        assert (await http.get(f"{at}/manifests/v1")).status_code == 200
        refused = await http.post(f"{at}/blobs/uploads/")
        assert code_of(refused) == (403, "DENIED")
        assert "user/reader is not authorized to perform: ecr:InitiateLayerUpload" in refused.text
    ecr.close()


async def test_logins_and_open_uploads_end(world: World) -> None:
    at = await world.repository("ends")
    part = world.cloud.parts["ecr"]
    location = (await world.begun(at)).headers["location"]
    uploads = world.cloud.host.data_directory / "images" / "uploads"
    assert (uploads / location.rpartition("/")[2]).is_file()
    part.passed = timedelta(seconds=IDLE_S + 1)
    await world.begun(at)
    assert code_of(await world.http.patch(location, content=b"x")) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert len(list(uploads.iterdir())) == 1
    part.passed = VALID + timedelta(seconds=1)
    expired = await world.http.get("/v2/")
    assert code_of(expired) == (403, "DENIED")
    assert "token has expired" in expired.text
    part.passed = timedelta()


async def test_images_and_logins_outlive_a_restart(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, PARTS, caller_of=caller_of) as cloud:
        auth = ("AWS", await password(cloud))
        async with httpx.AsyncClient(base_url=cloud.host.endpoint_url, auth=auth) as http:
            world = World(cloud, http)
            at = await world.repository("kept")
            manifest = await world.pushed(at, "v1", b"{}", LAYER)
            await world.upload(at, b"of no image")
            await world.begun(at)
    async with cloud_in(tmp_path, PARTS, caller_of=caller_of) as cloud:
        async with httpx.AsyncClient(base_url=cloud.host.endpoint_url, auth=auth) as http:
            assert (await http.get(f"{at}/manifests/v1")).content == manifest
            assert (await http.get(f"{at}/blobs/{digest_of(LAYER)}")).content == LAYER
            assert (await http.head(f"{at}/blobs/{digest_of(b'of no image')}")).status_code == 200
        assert not (tmp_path / "images" / "uploads").exists()
