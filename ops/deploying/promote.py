"""`spendsense promote`: copies the image that serves in one environment to another, and deploys it there."""

import time
from dataclasses import dataclass, replace

from ops.aws.clients import Aws
from ops.aws.service import RolloutState, Service, describe_service, running_tasks
from ops.console import Console
from ops.deploying import deploy
from ops.deploying.promotion import Promotion
from ops.deploying.result import DeployResult
from ops.environment import EnvironmentName
from ops.errors import DeployRefused, Misuse
from ops.guide import command_in
from ops.image import copy, repository
from ops.image.chosen import PINNED
from ops.image.registry import SCHEMA_HEAD_LABEL, SCHEMA_REVISIONS_LABEL
from ops.image.repository import Repository
from ops.image.unpack import unpack
from ops.log_text import shown
from ops.parameters import deployed
from ops.parameters.deployed import NEVER_DEPLOYED, Record
from ops.rollout import migration, strategy
from ops.rollout.admission import check_deployable
from ops.rollout.strategy import UNCHANGED, StrategyOptions, updated_configuration
from ops.signals import from_now_on

DIGITS = 8  # characters of the digest in a tag that avoids another image's


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`image`, pinned by digest; without it, the image that serves in the other environment."""

    to: EnvironmentName
    source: EnvironmentName | None = None
    image: str | None = None
    timeout_s: float | None = None
    dry_run: bool = False
    strategy: StrategyOptions = UNCHANGED
    roll_back_failing: bool = False  # as of a deploy


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The image to promote. text: shown by /version; empty when only its tags are known."""

    repository: Repository
    digest: str
    text: str = ""


def check(options: Options) -> None:
    """Check the options, before any request. Errors: Misuse."""
    source, to = options.source, options.to
    if source is None and options.image is None:
        raise Misuse("promote needs --from or --image", next_step="`spendsense promote --from staging --to prod`")
    if source is not None and options.image is not None:
        raise Misuse("--from and --image both name what to promote", next_step="give only one of them")
    if source is to:
        raise Misuse(f"--from and --to both name {to}", next_step="name two environments")
    if source is not None and source.is_local is not to.is_local:
        raise Misuse(
            f"--from {source} --to {to}: images built on this machine are not container images, so they cannot "
            "move to or from AWS",
            next_step="promote between two environments on AWS, or between two on this machine",
        )
    if options.image is not None and PINNED.fullmatch(options.image) is None:
        raise Misuse(
            f"--image should be REPOSITORY@sha256:... (64 hexadecimal digits), found {shown(options.image)}",
            next_step="use the `image` that `deploy --json` prints",
        )
    strategy.check(options.strategy)


def run(source: Aws | None, target: Aws, options: Options, console: Console) -> Promotion:
    """Find the image, copy it, then deploy it as `deploy` does. source: None for an image that is named.

    Errors: DeployRefused, NotFound, Misuse, BuildFailed. The result says how the rollout ended.
    """
    started = time.monotonic()
    chosen = serving(source) if source is not None else named(target, options.image or "")
    service = describe_service(target)
    result = Promotion(
        source=source.environment.name.value if source is not None else chosen.repository.uri,
        target=target.environment.name.value,
        digest=chosen.digest,
        phases_s=console.phases_s,
    )
    present = deployed.record_for(target, service.task_definition)
    if digest_of(present) == chosen.digest and service.is_steady:
        return replace(
            result,
            already=True,
            image=present.image,
            revision=service.revision,
            duration_s=time.monotonic() - started,
        )
    check_deployable(target, service, force=False)
    there = repository.own(target)
    with console.phase("compare"):
        planned = copy.plan(chosen.repository, there, chosen.digest)
        schema = expected_schemas(chosen, planned, target, present)
    console.say(f"{chosen.digest[:19]}: {planned.text}")
    result = replace(result, image=f"{there.uri}@{chosen.digest}", copied=planned.missing, present=planned.present)
    if options.dry_run:
        shown = dry_run(target, service, options, result.image, chosen.text or chosen.digest.rpartition(":")[2][:12])
        about = f"Dry run: {result.image} would replace revision {service.revision}; {schema}. Nothing was changed."
        return replace(result, deploy=replace(shown, message=about), duration_s=time.monotonic() - started)
    with console.phase("copy"):
        tag = copied(planned, target, chosen, console)
    from_now_on("nothing was deployed; the image is copied, and the next `promote` continues from there")
    shipped = deploy.run(target, deployment(options, result.image, tag), console)
    return replace(result, tag=tag, deploy=shipped, revision=shipped.revision, duration_s=time.monotonic() - started)


def serving(aws: Aws) -> Chosen:
    """Return what serves in an environment. Errors: DeployRefused unless one image serves steadily."""
    service, where = describe_service(aws), aws.environment
    look = f"look at it: `{command_in(where, 'status')}`"
    record = deployed.record_for(aws, service.task_definition)
    in_progress = [each for each in service.deployments if each.rollout_state is not RolloutState.COMPLETED]
    if len(service.deployments) > 1 or in_progress:
        named_one = in_progress[0] if in_progress else service.deployments[0]
        raise DeployRefused(
            f"deployment {named_one.id} of revision {named_one.revision} is in progress in {where.name}, so it is not "
            "known yet what will serve there",
            next_step=f"wait until it has ended; {look}",
        )
    if record.image.endswith(NEVER_DEPLOYED) or not service.desired:
        raise DeployRefused(
            f"{where.name} serves nothing: {service.running} of {service.desired} desired tasks are running",
            next_step=f"deploy there first: `{command_in(where, 'deploy')}`",
        )
    digest = digest_of(record)
    others = [task.id for task in running_tasks(aws) if task.image_digest not in {digest, None}]
    if not service.is_steady or others:
        raise DeployRefused(
            f"{where.name} is not steady: {service.running} of {service.desired} desired tasks are running"
            + (f", {len(others)} of them with another image" if others else ""),
            next_step=f"{look}, and its tasks' lines: `{command_in(where, 'logs --since 10m')}`",
        )
    if not digest:
        raise DeployRefused(
            f"{where.name} serves {record.image}, which is not pinned by digest",
            next_step=f"deploy it by its digest first: `{command_in(where, 'deploy --tag TAG')}`",
        )
    return Chosen(repository=repository.at(aws, record.image.partition("@")[0]), digest=digest, text=record.revision)


def named(aws: Aws, image: str) -> Chosen:
    """Return the image that the user names; the target's credentials read its repository."""
    uri, _, digest = image.partition("@")
    return Chosen(repository=repository.at(aws, uri), digest=digest)


def digest_of(record: Record) -> str:
    return record.image.partition("@")[2]


def expected_schemas(chosen: Chosen, planned: copy.Plan, target: Aws, present: Record) -> str:
    """Describe which schema the target's image and the new one expect. present: the target's record.

    The database's own schema is known only once the image runs there: the migration decides (`newer_schema_refused`).
    Errors: DeployRefused when the new image does not know the schema that the target's image expects.
    """
    labels = chosen.repository.labels(planned.image)
    head, known = labels.get(SCHEMA_HEAD_LABEL), labels.get(SCHEMA_REVISIONS_LABEL, "")
    there, digest = planned.target, digest_of(present)
    expected = there.labels(there.manifest(digest)).get(SCHEMA_HEAD_LABEL) if digest and there.has(digest) else None
    if known and expected and expected not in known.split(","):
        raise DeployRefused(
            f"the image's newest migration is {head}, and {target.environment.name} already expects schema {expected}: "
            "it would get older code",
            next_step="promote a newer image; to return to older code on purpose: "
            f"`{command_in(target.environment, 'rollback')}`",
        )
    return migration.expected_schema(expected, head, is_first=present.image.endswith(NEVER_DEPLOYED))


def copied(planned: copy.Plan, target: Aws, chosen: Chosen, console: Console) -> str | None:
    """Copy the image under the tag that it had; return its tag."""
    tags = chosen.repository.tags(chosen.digest)
    wanted = chosen.text if chosen.text in tags else next(iter(tags), None)
    short = chosen.digest.removeprefix("sha256:")[:DIGITS]
    with console.ticker() as tick:
        tag = copy.carry_out(planned, [wanted, f"{wanted}-{short}"] if wanted else [], tick)
    if target.environment.local is not None:
        unpack(target.environment.local.image_store, planned.image.content.encode())
    return tag


def deployment(options: Options, image: str, tag: str | None) -> deploy.Options:
    """Return the options of the deploy: by the tag, so that /version shows it; without one by the digest."""
    return deploy.Options(
        tag=tag,
        image=None if tag else image,
        timeout_s=options.timeout_s,
        strategy=options.strategy,
        newer_schema_refused=True,
        roll_back_failing=options.roll_back_failing,
    )


def dry_run(target: Aws, service: Service, options: Options, image: str, text: str) -> DeployResult:
    """Describe what the deploy would change; the image need not be there yet. text: what /version will show."""
    configuration = updated_configuration(options.strategy, service)
    planned = deploy.plan(target, service, image, text, configuration)
    return deploy.result_of(planned, configuration or service.deployment_configuration, Console())
