"""`spendsense verify`, also the first step of each deploy: every group of checks at once, as a tree."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from ops.aws.clients import Aws
from ops.aws.service import Service, describe_service
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import DeployRefused, NotFound
from ops.failure_class import FailureClass
from ops.image import chosen
from ops.image.chosen import Choice, existing_image, look_up
from ops.parameters.deployed import NEVER_DEPLOYED
from ops.rollout.admission import check_deployable
from ops.verifying import (
    alarm_states,
    capacity,
    clock_skew,
    destinations,
    injected_secrets,
    roles,
    secret_keys,
    shipped_image,
)
from ops.verifying.check import Check, Group, State, failures
from ops.verifying.subject import Subject, subject_of

Look = Callable[[Subject], list[Check]]
AT_ONCE = 8
SERVICE = Group("service")
CLASSES = {
    "image": FailureClass.IMAGE,
    "schema": FailureClass.IMAGE,
    "secrets": FailureClass.SECRET,
    "roles": FailureClass.PERMISSION,
    "logs": FailureClass.SETTINGS,
    "traffic": FailureClass.SETTINGS,
    "capacity": FailureClass.CAPACITY,
}
"""Group of a failed check -> the class of the deploy that ends there."""
STYLES = {State.OK: None, State.WARN: "yellow", State.FAIL: "bold red", State.UNKNOWN: "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The image to verify: by digest or tag; without either, the one that the newest task definition names."""

    image: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The checks of an environment. The JSON form is a contract for scripts."""

    environment: str
    checks: Sequence[Check]

    @property
    def exit_code(self) -> int:
        """1 when a deploy would fail; warnings and UNKNOWN leave it 0."""
        return 1 if failures(self.checks) else 0

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(each.state.value for each in self.checks)
        return {state.value: counted[state.value] for state in State}

    def as_json(self) -> dict[str, object]:
        return {
            "ok": self.exit_code == 0,
            "environment": self.environment,
            "counts": self.counts,
            "checks": [each.as_json() for each in self.checks],
        }

    def show(self, console: Console) -> None:
        for name, group in groupby(self.checks, key=lambda each: each.group):
            console.result(name)
            for each in group:
                for line in lines_of(each):
                    console.result(f"  {line}", style=STYLES[each.state])
        shown = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count)
        console.result(f"{self.environment}: {shown}", style="bold red" if self.exit_code else "bold green")


def lines_of(check: Check) -> Iterator[str]:
    """Yield a check's lines: what was found, what is wanted, and what to do."""
    yield f"{check.state.value:<7} {check.subject}: {check.found}"
    if check.wanted:
        yield f"        wanted: {check.wanted}"
    if check.fix:
        yield f"        fix: {check.fix}"


def check(name: EnvironmentName, options: Options) -> None:
    """Check the options. Errors: Misuse for two images, and for one that is not pinned."""
    if options != Options():
        chosen.check(name, Choice(source=None, image=options.image, tag=options.tag, register=False))


def run(aws: Aws, options: Options, console: Console) -> Verification:
    """Check everything that a deploy checks, and the alarms. Errors: NotFound without a service."""
    service = describe_service(aws)
    found = SERVICE.asked(service.name, partial(readiness, aws, service))
    found += SERVICE.asked("task definition", partial(of_the_next_deploy, aws, service, options, console))
    return Verification(environment=aws.environment.name.value, checks=found)


def of_the_next_deploy(aws: Aws, service: Service, options: Options, console: Console) -> list[Check]:
    subject = subject_of(aws, service)
    found = shipped_image.IMAGE.asked("image", partial(image, subject, options, console))
    return [*found, *of_the_environment(subject), *alarm_states.check(subject)]


def readiness(aws: Aws, service: Service) -> Check:
    """Return whether the service accepts a deployment now."""
    try:
        check_deployable(aws, service, force=False)
    except DeployRefused as exc:
        return SERVICE.fail(
            service.name, exc.message, wanted="a service that accepts a deploy", fix=exc.next_step or ""
        )
    return SERVICE.ok(service.name, f"accepts a deploy; it is set to revision {service.revision}")


def image(subject: Subject, options: Options, console: Console) -> list[Check]:
    """Check the named image, or that of the newest task definition."""
    serving = shipped_image.serving_image(subject)
    try:
        found = existing_image(subject.aws, options.image, options.tag, console)
        if found is None and serving.endswith(NEVER_DEPLOYED):
            return [shipped_image.IMAGE.unknown("image", "nothing was deployed yet, and no image is named")]
        if found is None and "@" not in serving:
            return [shipped_image.IMAGE.warn("image", f"{serving} may change", wanted="an image by its digest")]
        if found is None:
            look_up(subject.aws, serving, console)
    except NotFound as exc:
        return [shipped_image.IMAGE.fail("image", exc.message, wanted="the image", fix=exc.next_step or "")]
    named = found[0] if found else serving
    return [shipped_image.IMAGE.ok("image", named), *shipped_image.check(subject, named)]


def of_the_environment(subject: Subject) -> list[Check]:
    """Make the checks of all groups."""
    around = (destinations.traffic, capacity.size, capacity.subnets, capacity.quota, clock_skew.check)
    return at_once(subject, (*starting(), *around))


def of_starting_tasks(subject: Subject) -> list[Check]:
    """Make the checks of what a new task needs to start, for a command that registers nothing."""
    return at_once(subject, starting())


def starting() -> tuple[Look, ...]:
    return injected_secrets.check, roles.check, secret_keys.check, destinations.log_groups


def at_once(subject: Subject, groups: Sequence[Look]) -> list[Check]:
    """Make the checks of these groups at the same time; return them in this order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [each for found in pool.map(lambda group: group(subject), groups) for each in found]


def admit(
    found: Sequence[Check],
    console: Console,
    *,
    what: str = "the deploy",
    next_step: str = "nothing was registered; correct this and deploy again",
) -> tuple[Check, ...]:
    """Print and return what is not OK. what: the change that the failures keep from beginning.

    Errors: DeployRefused with all failures; its JSON form has the others, too.
    """
    remarks = tuple(each for each in found if each.state is not State.OK)
    for each in remarks:
        if each.state is not State.FAIL:
            for line in lines_of(each):
                console.say(line, style="yellow")
    if not (failed := failures(found)):
        return remarks
    lines = [line for each in failed for line in lines_of(each)]
    raise DeployRefused(
        "\n".join([f"{len(failed)} checks before {what} failed:" if len(failed) > 1 else "a check failed:", *lines]),
        next_step=f"{next_step}; `spendsense verify` shows all checks",
        failure_class=CLASSES[failed[0].group],
        more={"checks": [each.as_json() for each in remarks]},
    )
