"""Checks of the image that a deploy ships: its scan and size, the platform it is built for, the schema it expects."""

from collections.abc import Sequence
from functools import partial

from ops.aws.clients import Wire
from ops.aws.task_definition import container_of
from ops.errors import AnswerLost, BuildFailed, DeployRefused, Misuse, NotFound
from ops.image import gate, repository
from ops.image.labels import labels_of, schema_head_of
from ops.image.registry import SCHEMA_HEAD_LABEL, SCHEMA_REVISIONS_LABEL
from ops.parameters.deployed import NEVER_DEPLOYED
from ops.rollout.migration import expected_schema
from ops.verifying.check import Check, Group
from ops.verifying.subject import Subject

IMAGE = Group("image")
SCHEMA = Group("schema")
ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
"""ECS's names -> those of images."""


def check(subject: Subject, pinned: str) -> list[Check]:
    """Check an existing image. `pinned`: its reference by digest.

    On this machine images are neither scanned nor built for another platform. ECR DescribeImages,
    DescribeImageScanFindings, BatchGetImage, GetDownloadUrlForLayer.
    """
    if not subject.on_aws:
        new, serving = (labels_of(subject.aws, each) for each in (pinned, serving_image(subject)))
        return [schema(new, serving.get(SCHEMA_HEAD_LABEL), is_first=is_first(subject))]
    found = IMAGE.asked("scan and size", partial(admitted, subject, pinned))
    return found + IMAGE.asked("platform", partial(of_the_configuration, subject, pinned))


def serving_image(subject: Subject) -> str:
    return str(container_of(subject.definition, subject.aws.environment.container)["image"])


def is_first(subject: Subject) -> bool:
    """Return whether no image was deployed before."""
    return serving_image(subject).endswith(NEVER_DEPLOYED)


def admitted(subject: Subject, pinned: str) -> list[Check]:
    """Return the gate's result as a check."""
    remarks: list[str] = []
    try:
        gate.check(subject.aws, pinned, remarks.append)
    except DeployRefused as exc:
        return [
            IMAGE.fail("scan and size", exc.message, wanted="an image that may be deployed", fix=exc.next_step or "")
        ]
    if remarks:
        return [IMAGE.unknown("scan and size", each) for each in remarks]
    return [IMAGE.ok("scan and size", f"no critical or high findings, at most {gate.MOST_MB} MB")]


def of_the_configuration(subject: Subject, pinned: str) -> list[Check]:
    """Check the image's configuration: its platform, and its labels with the schema."""
    architecture = subject.definition.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64")
    try:
        configurations = read(subject, pinned)
    except Misuse as exc:
        return [IMAGE.unknown("platform", exc.message)]
    except (NotFound, BuildFailed, AnswerLost) as exc:
        return [IMAGE.fail("manifest", exc.message, wanted="an image that can be pulled", fix=exc.next_step or "")]
    serving = schema_head_of(subject.aws, serving_image(subject))
    return assess(configurations, ARCHITECTURES[architecture], serving, is_first=is_first(subject))


def assess(configurations: Sequence[Wire], wanted: str, serving: str | None, *, is_first: bool = False) -> list[Check]:
    """Assess the configurations of an image's platforms. serving: the schema that the serving image expects. Pure."""
    chosen = [each for each in configurations if each.get("architecture") == wanted]
    if not chosen:
        shown = ", ".join(f"{each.get('os')}/{each.get('architecture')}" for each in configurations) or "no platform"
        fix = f"build it with `docker build --platform linux/{wanted}`, or change cpu_architecture in Terraform"
        return [IMAGE.fail("platform", f"it is built for {shown}", wanted=f"linux/{wanted}", fix=fix)]
    labels: dict[str, str] = chosen[0].get("config", {}).get("Labels") or {}
    return [IMAGE.ok("platform", f"linux/{wanted}"), schema(labels, serving, is_first=is_first)]


def read(subject: Subject, pinned: str) -> list[Wire]:
    """Return the configuration of each of an image's platforms."""
    uri, _, digest = pinned.partition("@")
    there = repository.at(subject.aws, uri)
    return there.configurations(there.manifest(digest))


def schema(labels: dict[str, str], serving: str | None, *, is_first: bool = False) -> Check:
    """Compare the schemas that two images expect. The migration reads the database itself. Pure."""
    head = labels.get(SCHEMA_HEAD_LABEL)
    known = [each for each in labels.get(SCHEMA_REVISIONS_LABEL, "").split(",") if each]
    words = expected_schema(serving, head, is_first=is_first)
    if head is None:
        return SCHEMA.unknown("schema", words, fix="build with the labels of scripts/image-labels")
    if serving and known and serving not in known:
        return SCHEMA.warn(
            "schema",
            f"{words}, which the new image does not know: the image is older",
            wanted="an image that knows the schema",
            fix="ship a newer image; or make sure that the older code works with the newer schema",
        )
    return SCHEMA.ok("schema", words)
