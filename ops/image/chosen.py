"""Chooses the image that a deploy ships: an existing one by digest or tag, or one built from a source tree."""

import re
from dataclasses import dataclass
from pathlib import Path

from ops.aws.clients import Aws
from ops.configuration import PROJECT_ROOT
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import Misuse
from ops.guide import registry_host
from ops.image import build
from ops.image import registry as image
from ops.log_text import shown

PINNED = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
TAGGED = re.compile(r":[^:/]*$")
"""A tag beside a digest, which has no effect: the digest decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The requested image. register: whether a built image goes into the registry."""

    source: Path | None
    image: str | None
    tag: str | None
    register: bool


def chosen_image(aws: Aws, choice: Choice, console: Console) -> tuple[str, str]:
    """Return the pinned image and the text that /version shows for it.

    Errors: Misuse; NotFound for an unknown tag or digest; BuildFailed when a tag names another image.
    """
    check(aws.environment.name, choice)
    if choice.source is None and (existing := existing_image(aws, choice.image, choice.tag, console)) is not None:
        return existing
    source = choice.source or PROJECT_ROOT
    built = build.run(aws, build.Options(source=source, tag=choice.tag, register=choice.register), console)
    return built.image, built.tag


def existing_image(aws: Aws, pinned: str | None, tag: str | None, console: Console) -> tuple[str, str] | None:
    """Return the image that is named by digest or tag, and the text for it; None when neither is given.

    Errors: NotFound for an unknown tag or digest.
    """
    if pinned is not None:
        pinned = by_its_uri(aws, pinned)
        look_up(aws, pinned, console)
        return pinned, pinned.rpartition("@sha256:")[2][:12]
    if tag is None:
        return None
    found = image.pinned_reference(aws, tag)
    console.say(f"{tag} is {found.partition('@')[2]}: no image is built")
    return found, tag


def by_its_uri(aws: Aws, pinned: str) -> str:
    """Return an image by its repository's URI: container engines push to the local registry under another name."""
    local = aws.environment.local
    if local is None or not pinned.startswith(host := f"{registry_host(local.endpoint)}/"):
        return pinned
    return f"{image.repository_uri(aws).partition('/')[0]}/{pinned.removeprefix(host)}"


def look_up(aws: Aws, pinned: str, console: Console) -> None:
    """Check that this environment's repository has an image; say that any other repository was not checked.

    Errors: NotFound.
    """
    name, _, digest = pinned.partition("@")
    repository = TAGGED.sub("", name)
    if repository != image.repository_uri(aws):
        console.say(f"{repository} is not this environment's repository: the image was not looked up there")
    elif image.tagged_digest(aws, digest) is None:
        raise image.unknown(aws, digest)


def check(name: EnvironmentName, choice: Choice) -> None:
    """Check the choice.

    Errors: Misuse for options of which one would be ignored, for an image that is not pinned, and for a build where
    this command builds no images.
    """
    given = [option for option in ("image", "tag", "source") if getattr(choice, option) is not None]
    if "image" in given and len(given) > 1:
        others = " and ".join(f"--{option}" for option in given if option != "image")
        raise Misuse(
            f"--image names the image to deploy, so {others} would be ignored",
            next_step="use one: --image for an image by digest, --tag for one by its tag, --source to build one",
        )
    if choice.image is not None and PINNED.fullmatch(choice.image) is None:
        raise Misuse(
            f"--image should be REPOSITORY@sha256:... (64 hexadecimal digits), found {shown(choice.image)}",
            next_step="for a tag of this environment's repository use `--tag`",
        )
    if not given:
        build.check(name)
    if choice.source is not None and not name.is_local:
        raise Misuse(
            f"--source: this command does not build images for {name}",
            next_step="build the image from the Dockerfile, push it to ECR, then use `--tag TAG` or "
            "`--image REPOSITORY@sha256:...`",
        )
    if choice.source is not None and choice.tag is not None and choice.tag.startswith("sha256:"):
        raise Misuse(
            f"--tag {choice.tag}: a digest names an existing image, and --source builds a new one",
            next_step="use only one of them",
        )
