"""One revision of the service: its image, its tags, and whether they still exist."""

from dataclasses import dataclass
from typing import Any

from ops.aws import task_definition
from ops.aws.clients import Aws, error_code
from ops.aws.service import revision_of

# Number of characters of a digest that people see.
DIGEST_SHOWN = len("sha256:") + 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision. tags: of its image; None when that is no longer in ECR. app_revision: what /version shows."""

    task_definition: str  # ARN
    definition: dict[str, Any]  # as ECS describes it
    image: str
    app_revision: str
    tags: tuple[str, ...] | None

    @property
    def revision(self) -> int:
        return revision_of(self.task_definition)

    @property
    def text(self) -> str:
        """The text that /version shows, as far as the task definition contains it."""
        return self.app_revision or self.image.rpartition("@sha256:")[2][:12]

    @property
    def is_active(self) -> bool:
        return bool(self.definition.get("status", "ACTIVE") == "ACTIVE")

    @property
    def tag(self) -> str:
        """The tags as one table cell."""
        return "image gone" if self.tags is None else ", ".join(self.tags) or "no tag"

    def __str__(self) -> str:
        """Return `revision 7 (v1.2.0, sha256:0123456789ab)`."""
        digest = self.image.partition("@")[2][:DIGEST_SHOWN] or self.image
        names = dict.fromkeys([*([self.app_revision] if self.app_revision else []), *(self.tags or ())])
        return f"revision {self.revision} ({', '.join([*names, digest])})"

    def as_json(self) -> dict[str, object]:
        return {
            "revision": self.revision,
            "image": self.image,
            "tags": None if self.tags is None else list(self.tags),
            "app_revision": self.app_revision,
        }


def describe_version(aws: Aws, name: str, image: str = "") -> Revision | None:
    """Read a revision by `family:revision` or ARN; None when ECS does not know it.

    image: the one that its tasks pulled, if known. ECS DescribeTaskDefinition; ECR DescribeImages.
    """
    try:
        definition = aws.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    except aws.ecs.exceptions.ClientException:
        return None
    container = task_definition.container_of(definition, aws.environment.container)
    variables = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
    image = image or container["image"]
    return Revision(
        task_definition=definition["taskDefinitionArn"],
        definition=definition,
        image=image,
        app_revision=variables.get(task_definition.REVISION_VARIABLE, ""),
        tags=tags_of(aws, image),
    )


def tags_of(aws: Aws, image: str) -> tuple[str, ...] | None:
    """Return an image's tags; None when ECR no longer has it. An image of another registry counts as existing.

    ECR DescribeImages.
    """
    repository, _, digest = image.partition("@")
    if not digest or repository.rpartition("/")[2] != aws.environment.repository:
        return ()
    try:
        found = aws.ecr.describe_images(repositoryName=aws.environment.repository, imageIds=[{"imageDigest": digest}])
    except aws.ecr.exceptions.ClientError as exc:
        if error_code(exc) in {"ImageNotFoundException", "RepositoryNotFoundException"}:
            return None
        raise
    return tuple(sorted(found["imageDetails"][0].get("imageTags", [])))
