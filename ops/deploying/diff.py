"""`spendsense diff`: the changes that a deploy would make to what serves, without differences that have no effect."""

from collections.abc import Sequence
from dataclasses import dataclass

from ops.aws.clients import Aws
from ops.aws.definition_changes import Change, changes, differing
from ops.aws.service import describe_service
from ops.console import Console
from ops.deploying import deploy
from ops.deploying.revision import Revision, describe_version, tags_of
from ops.environment import EnvironmentName
from ops.errors import NotFound
from ops.image import chosen
from ops.image.chosen import Choice, existing_image
from ops.rollout.strategy import UNCHANGED, updated_configuration

DIFFERENCES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The image to compare with: by digest or tag; without either, the one that serves."""

    image: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """The JSON form is a contract for scripts. tags: of the image that would be deployed."""

    environment: EnvironmentName
    serving: Revision
    image: str
    tags: Sequence[str]
    definition: Sequence[Change]
    service: Sequence[Change]  # of its settings: how tasks are replaced, how many

    @property
    def exit_code(self) -> int:
        """2 when a deploy would change something, as `drift`; otherwise 0."""
        return DIFFERENCES if self.definition or self.service else 0

    def as_json(self) -> dict[str, object]:
        return {
            "environment": self.environment.value,
            "differs": self.exit_code != 0,
            "serving": self.serving.as_json(),
            "image": self.image,
            "tags": list(self.tags),
            "definition": [each.as_json() for each in self.definition],
            "service": [each.as_json() for each in self.service],
        }

    def show(self, console: Console) -> None:
        console.result(f"serving  {self.serving}")
        console.result(f"deploy   {', '.join([*self.tags, self.image])}")
        for change in [*self.definition, *self.service]:
            console.result(f"  {change}", style="yellow")
        if not self.exit_code:
            console.result(f"{self.environment}: a deploy would only replace the tasks with identical ones")


def check(name: EnvironmentName, options: Options) -> None:
    """Check the options. Errors: Misuse for two images, and for one that is not pinned."""
    if options != Options():
        chosen.check(name, Choice(source=None, image=options.image, tag=options.tag, register=False))


def run(aws: Aws, options: Options, console: Console) -> Diff:
    """Compare. Reads only. Errors: NotFound without a service, and for an unknown image."""
    service = describe_service(aws)
    serving = describe_version(aws, service.task_definition)
    if serving is None:
        raise NotFound(f"ECS no longer knows {service.task_definition}", next_step="`spendsense history` lists others")
    named = existing_image(aws, options.image, options.tag, console)
    pinned, text = named or (serving.image, serving.app_revision)
    configuration = updated_configuration(UNCHANGED, service)
    planned = deploy.plan(aws, service, pinned, text, configuration)
    present = {"deploymentConfiguration": service.deployment_configuration, "desiredCount": service.desired}
    updated = present | {key: value for key, value in planned.settings.items() if key in present}
    return Diff(
        environment=aws.environment.name,
        serving=serving,
        image=pinned,
        tags=tags_of(aws, pinned) or (),
        definition=changes(serving.definition, planned.registration),
        service=differing(present, updated),
    )
