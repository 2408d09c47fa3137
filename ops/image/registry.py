"""An image in the registry: manifest and config by digest, tags that never move."""

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.aws.clients import Aws
from ops.errors import BuildFailed, NotFound
from ops.failure_class import FailureClass
from ops.guide import command_in

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
# Stands for the image store, so that the digest does not depend on where the store is.
STORE_TOKEN = "{images}"  # noqa: S105 - a placeholder
REVISION_LABEL = "org.opencontainers.image.revision"
TAGS_SHOWN = 8
SCHEMA_HEAD_LABEL = "org.spendsense.schema-head"
# Every revision of the schema that the image knows, separated by commas: code on a schema it does not know is older.
SCHEMA_REVISIONS_LABEL = "org.spendsense.schema-revisions"
# The value of the Dockerfile's labels when the build got no arguments.
UNKNOWN = "unknown"
COMMAND = ("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000")
ENVIRONMENT = (
    "PYTHONUNBUFFERED=1",
    "PYTHONDONTWRITEBYTECODE=1",
    # glibc's default, but fixed: otherwise glibc raises it after the first large block, such as the text of a botocore
    # model, and a worker keeps 16 MiB that it freed.
    "MALLOC_TRIM_THRESHOLD_=131072",
    # The application itself decides which forwarded address to trust (app/platform/edge.py).
    "UVICORN_PROXY_HEADERS=false",
    # Longer than the load balancer keeps idle connections (60 s), so that the task never closes one first.
    "UVICORN_TIMEOUT_KEEP_ALIVE=75",
    # Shorter than the task definition's stopTimeout, after which SIGKILL comes.
    "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=25",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    revision: str
    schema_head: str | None
    schema_revisions: Sequence[str] = ()


def store_image(store: Path, *, dependencies: Layer, application: Layer, labels: Labels) -> bytes:
    """Write config and manifest into the store's blobs; return the manifest's bytes."""
    config = canonical(image_config(dependencies, application, labels))
    config_digest = write_blob(store, config)
    manifest = canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "size": len(config), "digest": config_digest},
            "layers": [
                {"mediaType": LAYER_TYPE, "size": layer.size, "digest": layer.digest}
                for layer in (dependencies, application)
            ],
        }
    )
    write_blob(store, manifest)
    return manifest


def image_config(dependencies: Layer, application: Layer, labels: Labels) -> dict[str, Any]:
    named = {REVISION_LABEL: labels.revision}
    if labels.schema_head is not None:
        named[SCHEMA_HEAD_LABEL] = labels.schema_head
        named[SCHEMA_REVISIONS_LABEL] = ",".join(labels.schema_revisions)
    executables = f"{layer_directory(dependencies)}/bin"
    return {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "os": platform.system().lower(),
        "config": {
            "Env": [f"PATH={executables}:/usr/local/bin:/usr/bin:/bin", *ENVIRONMENT],
            "Cmd": list(COMMAND),
            "WorkingDir": layer_directory(application),
            "Labels": named,
        },
        "rootfs": {"type": "layers", "diff_ids": [dependencies.digest, application.digest]},
    }


def layer_directory(layer: Layer) -> str:
    return f"{STORE_TOKEN}/layers/{layer.digest.removeprefix('sha256:')}"


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def blob_path(store: Path, digest: str) -> Path:
    return store / "blobs" / "sha256" / digest.removeprefix("sha256:")


def write_blob(store: Path, content: bytes) -> str:
    """Store bytes under their digest, atomically."""
    digest = digest_of(content)
    path = blob_path(store, digest)
    if path.is_file() and path.read_bytes() == content:
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as blob:
            blob.write(content)
        Path(temporary).chmod(0o444)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest


def push(aws: Aws, manifest: bytes, tags: Sequence[str]) -> str:
    """Register an image under the first of `tags` that is free or already names it; return the tag used.

    ECR DescribeImages, PutImage. Errors: BuildFailed when every tag names another image, or when the
    registry stores the image under another digest than its manifest's.
    """
    return aws.retries.persist(lambda: _pushed(aws, manifest, tags))


def _pushed(aws: Aws, manifest: bytes, tags: Sequence[str]) -> str:
    """Return the tag that already names the image, or put it under the first free one."""
    digest = digest_of(manifest)
    taken = ""
    for tag in tags:
        known = tagged_digest(aws, tag)
        if known == digest:
            return tag
        if known is not None:
            taken = f"tag {tag} already names {known}, and tags never move"
            continue
        response = aws.ecr.put_image(
            repositoryName=aws.environment.repository,
            imageManifest=manifest.decode(),
            imageManifestMediaType=MANIFEST_TYPE,
            imageTag=tag,
            imageDigest=digest,
        )
        stored = response["image"]["imageId"]["imageDigest"]
        if stored != digest:
            raise BuildFailed(f"the registry stored the image as {stored} instead of {digest}")
        return tag
    raise BuildFailed(taken, next_step="choose another: `--tag NAME`")


def tagged_digest(aws: Aws, tag: str) -> str | None:
    """Return the digest that a tag, or `sha256:...`, names; None when there is none. ECR DescribeImages."""
    name = {"imageDigest" if tag.startswith("sha256:") else "imageTag": tag}
    try:
        details = aws.ecr.describe_images(repositoryName=aws.environment.repository, imageIds=[name])["imageDetails"]
    except aws.ecr.exceptions.ImageNotFoundException:
        return None
    return str(details[0]["imageDigest"]) if details else None


def repository_uri(aws: Aws) -> str:
    """Return the repository's URI. ECR DescribeRepositories. Errors: NotFound."""
    name = aws.environment.repository
    try:
        return str(aws.ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"])
    except aws.ecr.exceptions.RepositoryNotFoundException as exc:
        raise NotFound(
            f"there is no image repository {name}",
            next_step="create the environment first: `spendsense up`",
            failure_class=FailureClass.IMAGE,
        ) from exc


def pinned_reference(aws: Aws, tag: str) -> str:
    """Resolve a tag, or `sha256:...`, to `repository@sha256:...`. Errors: NotFound."""
    uri = repository_uri(aws)
    digest = tagged_digest(aws, tag)
    if digest is None:
        raise unknown(aws, tag)
    return f"{uri}@{digest}"


def unknown(aws: Aws, tag: str) -> NotFound:
    """Return the error for an unknown tag or digest, with the existing tags."""
    is_digest = tag.startswith("sha256:")
    tags = newest_tags(aws)
    known = f"its tags: {', '.join(tags[:TAGS_SHOWN])}" if tags else "it has no tags"
    more = f" and {len(tags) - TAGS_SHOWN} more" if len(tags) > TAGS_SHOWN else ""
    if is_digest:
        step = "check the digest, or deploy by tag: `--tag TAG`"
    elif aws.environment.local is None:
        step = "build the image from the Dockerfile and push it under that tag; on main the Deploy workflow does that"
    else:
        build = command_in(aws.environment, f"build --source . --tag {tag}")
        step = f"check the tag; to build the working tree under it: `{build}`"
    return NotFound(
        f"repository {aws.environment.repository} has no image {'' if is_digest else 'tagged '}{tag}; {known}{more}",
        next_step=step,
        failure_class=FailureClass.IMAGE,
    )


def newest_tags(aws: Aws) -> list[str]:
    """Return a repository's tags, those of the latest push first. ECR DescribeImages."""
    pages = aws.ecr.get_paginator("describe_images").paginate(
        repositoryName=aws.environment.repository, filter={"tagStatus": "TAGGED"}
    )
    found = [each for page in pages for each in page["imageDetails"]]
    found.sort(key=lambda each: str(each.get("imagePushedAt", "")), reverse=True)
    return [tag for each in found for tag in each.get("imageTags", ())]
