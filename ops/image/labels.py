"""Reads an image's labels, in the store of this machine or in ECR."""

import json

from ops.aws.clients import Aws
from ops.errors import AnswerLost, AwsRefused, BuildFailed, Misuse, NotFound
from ops.image import repository
from ops.image.registry import SCHEMA_HEAD_LABEL, UNKNOWN, blob_path


def schema_head_of(aws: Aws, image: str) -> str | None:
    """Read the schema that an image expects from its label; None when the image does not say. As `labels_of`."""
    return labels_of(aws, image).get(SCHEMA_HEAD_LABEL)


def labels_of(aws: Aws, image: str) -> dict[str, str]:
    """Return an image's labels; none if it is not pinned, or can no longer be read.

    ECR BatchGetImage, GetDownloadUrlForLayer.
    """
    found = in_registry(aws, image) if aws.environment.local is None else in_store(aws, image)
    return {name: value for name, value in found.items() if value != UNKNOWN}


def in_registry(aws: Aws, image: str) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    uri, _, digest = image.partition("@")
    if not digest:
        return {}
    try:
        there = repository.at(aws, uri)
        return there.labels(there.manifest(digest))
    except (NotFound, BuildFailed, AnswerLost, AwsRefused, Misuse, BotoCoreError, ClientError):
        return {}  # whether it can be shipped is checked elsewhere: its labels are only shown


def in_store(aws: Aws, image: str) -> dict[str, str]:
    local, digest = aws.environment.local, image.partition("@")[2]
    if local is None or not digest:
        return {}
    try:
        manifest = json.loads(blob_path(local.image_store, digest).read_bytes())
        if "manifests" in manifest:  # of several platforms: their labels are the same
            manifest = json.loads(blob_path(local.image_store, manifest["manifests"][0]["digest"]).read_bytes())
        config = json.loads(blob_path(local.image_store, manifest["config"]["digest"]).read_bytes())
        return dict(config["config"]["Labels"])
    except (OSError, ValueError, LookupError, TypeError):
        return {}
