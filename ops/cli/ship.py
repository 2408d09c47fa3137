"""The commands that ship a version: `spendsense build`, `diff`, `verify`, `deploy`, `promote` and `rollback`."""

from typing import Annotated

import typer

from ops.aws.clients import Aws, explain
from ops.cli import arguments, options
from ops.configuration import PROJECT_ROOT
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import NotReachable, OpsError
from ops.local.set_up import connect

DeployedImage = Annotated[
    str | None,
    typer.Option(
        "--image",
        metavar="IMAGE",
        help="Deploy repository@sha256:... instead of building an image.",
        callback=arguments.image,
    ),
]
DeployedTag = Annotated[
    str | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        help="Deploy the image with this tag; with --source, give the new image this tag.",
        show_default="derived from the commit",
        callback=arguments.tag_or_digest,
    ),
]


def build(
    env: options.LocalEnv = EnvironmentName.LOCAL,
    source: options.Source = None,
    tag: options.Tag = None,
    as_json: options.Json = False,
) -> None:
    """Build an image from a source tree, and register it under a tag and its digest."""
    from ops.image import build as verb

    verb.check(env)
    console = Console()
    built = verb.run(connect(env, console), verb.Options(source=source or PROJECT_ROOT, tag=tag), console)
    raise typer.Exit(console.report(built, as_json=as_json))


def diff(
    env: options.Env = EnvironmentName.LOCAL,
    image: Annotated[
        str | None,
        typer.Option(
            "--image",
            metavar="IMAGE",
            help="Show what deploying repository@sha256:... would change.",
            show_default="the image that serves",
            callback=arguments.image,
        ),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option(
            "--tag",
            metavar="TAG",
            help="Show what deploying the image with this tag would change.",
            callback=arguments.tag_or_digest,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show what a deploy would change: image, environment variables, secrets, sizes, sidecars, settings.

    The comparison is with what serves now. Without --image and --tag, it shows what Terraform has changed in the task
    definition since the last deploy. Exit status 2 if there are differences, otherwise 0.
    """
    from ops.deploying import diff as verb

    requested = verb.Options(image=image, tag=tag)
    verb.check(env, requested)
    console = Console()
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def verify(
    env: options.Env = EnvironmentName.LOCAL,
    image: Annotated[
        str | None,
        typer.Option(
            "--image",
            metavar="IMAGE",
            help="Verify repository@sha256:...",
            show_default="the newest task definition's",
            callback=arguments.image,
        ),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option("--tag", metavar="TAG", help="Verify the image with this tag.", callback=arguments.tag_or_digest),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Check what a deploy needs: image, secrets, roles, logs, traffic, capacity, clock, alarms. Changes nothing.

    `deploy` makes the same checks first. FAIL: a deploy would fail; `deploy` stops here and registers nothing. WARN: a
    deploy may fail, or could not be rolled back. UNKNOWN: the caller lacks a permission that the check needs. Exit
    status 1 if a check fails, otherwise 0.
    """
    from ops.verifying import verify as verb

    requested = verb.Options(image=image, tag=tag)
    verb.check(env, requested)
    console = Console()
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def deploy(
    env: options.Env = EnvironmentName.LOCAL,
    source: options.Source = None,
    image: DeployedImage = None,
    tag: DeployedTag = None,
    timeout: options.RolloutTimeout = None,
    dry_run: options.DryRun = False,
    force: Annotated[
        bool, typer.Option("--force", help="Deploy even while another deployment is in progress.")
    ] = False,
    strategy: options.DeploymentStrategy = None,
    bake_time_minutes: options.BakeTime = None,
    step_percent: options.StepPercent = None,
    step_bake_minutes: options.StepBakeTime = None,
    canary_percent: options.CanaryPercent = None,
    canary_bake_minutes: options.CanaryBakeTime = None,
    roll_back_failing: options.RollBackFailing = False,
    as_json: options.Json = False,
) -> None:
    """Deploy a new revision and watch it. Exit status 0 only when the new revision serves.

    How tasks are replaced (--strategy): rolling replaces a few tasks at a time. The other strategies start a second set
    of tasks: blue-green shifts all traffic to it at once, linear in equal steps, canary a small share first.

    During the rollout, two requests a second go through the load balancer. The result says how many failed, how long
    they took, and which revision served them. If too many fail, the exit status is 1; --roll-back-failing also rolls
    back.

    A strategy and its settings stay in effect for later deploys. Minutes are AWS minutes; locally, with the
    default --speed 5, one lasts 12 s.

    More examples: deploy --dry-run; deploy --strategy canary --canary-percent 5 --canary-bake-minutes 10;
    deploy --strategy rolling --tag v1.2.0
    """
    from ops.deploying import deploy as verb
    from ops.rollout.strategy import StrategyOptions

    console = Console()
    chosen = StrategyOptions(
        strategy=strategy,
        bake_minutes=bake_time_minutes,
        step_percent=step_percent,
        step_bake_minutes=step_bake_minutes,
        canary_percent=canary_percent,
        canary_bake_minutes=canary_bake_minutes,
    )
    requested = verb.Options(
        source=source,
        image=image,
        tag=tag,
        timeout_s=timeout,
        dry_run=dry_run,
        force=force,
        strategy=chosen,
        roll_back_failing=roll_back_failing,
    )
    verb.check(env, requested)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def promote(
    to: Annotated[EnvironmentName, typer.Option("--to", metavar="NAME", help="The environment that gets the image.")],
    source: Annotated[
        EnvironmentName | None,
        typer.Option("--from", metavar="NAME", help="The environment whose serving image is promoted."),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            "--image",
            metavar="IMAGE",
            help="Promote repository@sha256:... instead; the credentials for --to must be able to read it.",
            callback=arguments.image,
        ),
    ] = None,
    from_profile: Annotated[
        str | None,
        typer.Option("--from-profile", metavar="NAME", help="The AWS profile for --from.", callback=arguments.plain),
    ] = None,
    to_profile: Annotated[
        str | None,
        typer.Option("--to-profile", metavar="NAME", help="The AWS profile for --to.", callback=arguments.plain),
    ] = None,
    timeout: options.RolloutTimeout = None,
    dry_run: options.DryRun = False,
    strategy: options.DeploymentStrategy = None,
    bake_time_minutes: options.BakeTime = None,
    roll_back_failing: options.RollBackFailing = False,
    as_json: options.Json = False,
) -> None:
    """Copy the image that serves in one environment to another, and deploy it there. Nothing is built.

    Give --from or --image. It works across accounts and regions; the target runs the same digest as the source. Layers
    that the target already has are not copied. `promote` is refused while the source is not steady, or if the target's
    schema is newer than the one that the image expects. If the target already serves the image, nothing is deployed and
    the exit status is 0.

    More examples: promote --from staging --from-profile staging --to prod --to-profile prod;
    promote --from like-staging --to like-prod --dry-run
    """
    from ops.deploying import promote as verb
    from ops.rollout.strategy import StrategyOptions

    console = Console()
    chosen = StrategyOptions(strategy=strategy, bake_minutes=bake_time_minutes)
    requested = verb.Options(
        to=to,
        source=source,
        image=image,
        timeout_s=timeout,
        dry_run=dry_run,
        strategy=chosen,
        roll_back_failing=roll_back_failing,
    )
    verb.check(requested)
    there = connect_for_promotion(to, console, to_profile, "--to-profile")
    here = None if source is None else connect_for_promotion(source, console, from_profile, "--from-profile")
    raise typer.Exit(console.report(verb.run(here, there, requested, console), as_json=as_json))


def connect_for_promotion(name: EnvironmentName, console: Console, profile: str | None, option: str) -> Aws:
    """Connect to one of two environments, whose accounts may differ. option: the one that names its profile.

    Errors: NotReachable, NotSetUp.
    """
    try:
        return connect(name, console, profile)
    except NotReachable as exc:
        if profile is None and not name.is_local:
            exc.next_step = f"give `{option} NAME`; or {exc.next_step}"
        raise


def revisions(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the shell the revisions that have served, newest first; none when the environment does not respond."""
    from ops.deploying import history

    try:
        aws = connect(EnvironmentName(ctx.params.get("env") or EnvironmentName.LOCAL), Console())
        aws.retries.should_give_up = lambda: True  # a completion must be quick
        return history.choices(aws, incomplete)
    except Exception as exc:  # shell completion has nowhere to show an error
        if isinstance(exc, OpsError) or explain(exc) is not None:
            return []
        raise


def rollback(
    env: options.Env = EnvironmentName.LOCAL,
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            min=1,
            metavar="REVISION",
            help="Roll back to this revision; `history` lists them.",
            show_default="what served before",
            autocompletion=revisions,
        ),
    ] = None,
    timeout: options.RolloutTimeout = None,
    dry_run: options.DryRun = False,
    strategy: options.DeploymentStrategy = None,
    bake_time_minutes: options.BakeTime = None,
    as_json: options.Json = False,
) -> None:
    """Return to what served before, and watch it. Exit status 0 only when that revision serves.

    If a deployment is in progress, it is rolled back. Otherwise the revision that served before the current one,
    according to ECS's history, is deployed. A second rollback returns to the version before that, and never to the one
    that you just rolled back from. Nothing is built, and migrations are not reversed.

    More examples: rollback --env prod; rollback --to 41 --strategy rolling
    """
    from ops.deploying import rollback as verb
    from ops.rollout.strategy import StrategyOptions

    console = Console()
    chosen = StrategyOptions(strategy=strategy, bake_minutes=bake_time_minutes)
    requested = verb.Options(to=to, timeout_s=timeout, dry_run=dry_run, strategy=chosen)
    verb.check(requested)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))
