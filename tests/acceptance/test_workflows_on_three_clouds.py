"""The workflows as they are, run by nektos/act against three local clouds that play dev, staging and prod.

Real are the workflow files, the scripts, the command, GitHub-shaped identity tokens, roles and policies as Terraform
makes them, and what AWS does. Stand-ins: the published actions (tests/acceptance/github.py), `docker`, `make`.
"""

import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from terraform_provider.runner import terraform
from tests.acceptance import ecr_of_all, github
from tests.acceptance.act import PUSH, Checkout, Ran, pull_request
from tests.acceptance.command import PROJECT, client
from tests.acceptance.state_in_bucket import INIT, State
from tests.acceptance.three_clouds import STAGES, Cloud, running
from tests.terraform.side_by_side import settings_of_real_provider
from tests.waiting import wait_until

pytestmark = pytest.mark.full

RUN_S = 3600
DRILLED, OLD_ENOUGH_S = timedelta(minutes=10), 900
"""How far the drill goes back, and how long it takes at most until there is a backup of then."""
CERTIFICATES = "certificates.pem"
BY_HAND = {"repository": PUSH["repository"], "ref": "refs/heads/main"}
COPIED = (
    *(".github", "scripts", "ops", "app", "terraform_provider", "infrastructure", "requirements"),
    *("requirements.txt", "Dockerfile"),
)
MAKEFILE = "check test test-long:\n\t@echo $@ >> $(NOTES)/calls\n\t@! test -e $(NOTES)/fail-$@\n"
PYTHON = f"""
case "$*" in
"-m pip"*) ;;
*) exec {sys.executable} "$@";;
esac
"""
START = "    configure_logging(settings, tracing.trace_id_source(settings))\n"
CRASHES = '    if settings.environment.value == "staging":\n        raise SystemExit("a fault of staging alone")\n'
SCALED = r"max_capacity += 2 -> 3"
# What a plan runs before anybody has reviewed it; its own output is a file of variables.
ATTACK = """
import sys
import botocore.session
from botocore.exceptions import ClientError
for service, operation, given in (
    ("s3", "put_object", {{"Bucket": "{bucket}", "Key": "{key}", "Body": b"nothing"}}),
    ("iam", "create_user", {{"UserName": "stranger"}}),
    ("ecs", "update_service", {{"cluster": "spendsense-dev", "service": "spendsense-backend", "desiredCount": 0}}),
):
    client = botocore.session.Session().create_client(service)
    try:
        getattr(client, operation)(**given)
        sys.stderr.write(f"written by {{operation}}\\n")
    except ClientError as error:
        sys.stderr.write(f"{{operation}}: {{error.response['Error']['Code']}}\\n")
"""


@dataclass(frozen=True)
class World:
    clouds: dict[str, Cloud]
    checkout: Checkout
    known: github.Known
    dependencies: Path

    def run(self, workflow: str, event: str, payload: Mapping[str, object], **inputs: str) -> Ran:
        (self.checkout.notes / "calls").write_text("")
        of_environments = {name: f"{github.MARK}{name}" for name in github.OF_ENVIRONMENTS}
        certificates = self.checkout.notes / CERTIFICATES
        return self.checkout.run(
            workflow,
            event,
            {**payload, "inputs": inputs},
            variables={**of_environments, "TERRAFORM_ENVIRONMENTS": '["dev"]'},
            environment={**INIT, "SSL_CERT_FILE": str(certificates), "DEPENDENCIES": str(self.dependencies)},
            timeout_s=RUN_S,
        )

    def push(self) -> Ran:
        return self.run("deploy.yml", "push", PUSH)

    def serving(self) -> dict[str, tuple[str, int]]:
        return {stage: cloud.serving() for stage, cloud in self.clouds.items()}


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory, image_store: Path) -> Iterator[dict[str, Cloud]]:
    try:
        terraform.find()
    except terraform.NoTerraform as exc:
        pytest.skip(str(exc))
    with running(tmp_path_factory.mktemp("clouds"), image_store) as started:
        yield started


@pytest.fixture(scope="module")
def world(clouds: dict[str, Cloud], image_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    checkout = Checkout(tmp_path_factory.mktemp("github"), COPIED)
    (checkout.tree / "Makefile").write_text(MAKEFILE)
    for name in ("python", "python3"):
        checkout.program(name, PYTHON)
    checkout.program("docker", f'PYTHONPATH={PROJECT} exec {sys.executable} -m tests.acceptance.buildx_stand_in "$@"')
    checkout.program("terraform", f'exec {shlex.join(terraform.find().command)} "$@"')
    github.install(checkout)
    checkout.commit("One")
    (dependencies,) = (image_store / "layers").iterdir()
    endpoints = {STAGES[stage]: str(cloud.up["endpoint"]) for stage, cloud in clouds.items()}
    certificates = [
        path.read_text() for cloud in clouds.values() if (path := cloud.directory / "certificate.pem").exists()
    ]
    (checkout.notes / CERTIFICATES).write_text("".join(certificates))
    with ecr_of_all.serving(ecr_of_all.Clouds(endpoints, checkout.notes)) as ecr:
        variables = {name: values for cloud in clouds.values() for name, values in cloud.variables.items()}
        known = github.Known(variables=variables, endpoints=endpoints, ecr=ecr)
        known.keep(checkout.notes)
        yield World(clouds, checkout, known, dependencies)


def taken(stage: str, role: str = "deploy", environment: str = "") -> str:
    return f"repo:acme/spendsense:environment:{environment or stage} takes spendsense-{stage}-{role}"


def test_a_commit_whose_tests_fail_reaches_no_account(world: World) -> None:
    before = world.serving()
    fail = world.checkout.notes / "fail-test"
    fail.touch()
    ran = world.push()
    fail.unlink()
    assert ran.status != 0, ran.output
    assert world.checkout.calls == ["check", "test"]
    assert world.serving() == before


def test_a_pull_request_from_a_fork_reaches_no_account(world: World) -> None:
    ran = world.run("deploy.yml", "pull_request", pull_request(head="stranger/spendsense"))
    assert ran.status == 0, ran.output
    assert world.checkout.calls == ["check", "test", "test-long"]


def test_a_job_of_another_branch_gets_no_role(world: World) -> None:
    ran = world.run("rollback.yml", "workflow_dispatch", {**BY_HAND, "ref": "refs/heads/other"}, environment="dev")
    assert ran.status != 0, ran.output
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in ran.output
    assert world.checkout.calls == []


def test_a_commit_goes_through_dev_and_staging_to_prod(world: World) -> None:
    before = world.serving()
    ran = world.push()
    assert ran.status == 0, ran.output
    registry = f"{STAGES['dev']}.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend"
    pushed = f"push {registry}:{world.checkout.git('rev-parse', 'HEAD')}"
    after = world.serving()
    (digest,) = {digest for digest, _ in after.values()}  # one image serves everywhere
    shipped = [line for stage in STAGES for line in (taken(stage), f"verify {digest}")]
    built = ["check", "test", "test-long", taken("dev"), pushed, f"sign {digest}"]
    assert world.checkout.calls == [*built, *shipped]
    assert all(after[stage][0] != before[stage][0] for stage in STAGES)
    assert "| prod | success |" in ran.output
    assert ran.output.count("both images expect") >= len(STAGES)  # of the images' labels, in ECR


def test_a_commit_that_crashes_in_staging_never_reaches_prod_and_dev_goes_back_by_hand(world: World) -> None:
    before = world.serving()
    main = world.checkout.tree / "app" / "main.py"
    source = main.read_text()
    assert source.count(START) == 1
    main.write_text(source.replace(START, f"{CRASHES}{START}"))
    world.checkout.commit("Two")
    ran = world.push()
    assert ran.status != 0, ran.output
    assert taken("staging") in world.checkout.calls
    assert taken("prod") not in world.checkout.calls
    after = world.serving()
    assert after["dev"][0] != before["dev"][0]
    assert (after["staging"][0], after["prod"]) == (before["staging"][0], before["prod"])
    assert "### staging: rolled back" in ran.output

    ran = world.run("rollback.yml", "workflow_dispatch", BY_HAND, environment="dev")
    assert ran.status == 0, ran.output
    assert world.checkout.calls == [taken("dev", "operate", "dev-operate")]
    assert world.serving()["dev"][0] == before["dev"][0]


@pytest.fixture(scope="module")
def state(world: World, tmp_path_factory: pytest.TempPathFactory) -> State:
    """Put the state of dev into its bucket, and let the checkout's main find it."""
    made = State(world.clouds["dev"], tmp_path_factory.mktemp("state"), settings_of_real_provider())
    roles = {name: {"AWS_TERRAFORM_ROLE_ARN": arn} for name, arn in made.roles.items()}
    replace(world.known, variables={**world.known.variables, **roles}).keep(world.checkout.notes)
    made.find_from(world.checkout)
    world.checkout.commit("Where the state is")
    return made


def test_a_pull_request_is_planned_and_can_write_nothing(world: World, state: State) -> None:
    checkout = world.checkout
    checkout.git("checkout", "-q", "-b", "change")
    script = checkout.tree / "scripts" / "schedule-in-force"
    first, _, rest = script.read_text().partition("\n")
    script.write_text(f"{first}\n{ATTACK.format(bucket=state.bucket, key=state.key)}\n{rest}")
    scale(checkout)
    checkout.commit("Three")
    before = state.read(), world.clouds["dev"].serving()
    ran = world.run("terraform.yml", "pull_request", pull_request())
    assert ran.status == 0, ran.output
    assert checkout.calls == [terraform_job("plan")]
    assert re.search(SCALED, ran.output)
    for refused in ("put_object: AccessDenied", "create_user: AccessDenied", "update_service: AccessDeniedException"):
        assert refused in ran.output
    assert "written by" not in ran.output
    assert (state.read(), world.clouds["dev"].serving()) == before

    ran = world.run("terraform.yml", "pull_request", pull_request(head="stranger/spendsense"))
    assert ran.status == 0, ran.output
    assert checkout.calls == []
    checkout.git("checkout", "-q", "main")


def test_main_is_applied_as_it_was_planned_and_the_night_finds_no_drift(world: World, state: State) -> None:
    checkout = world.checkout
    scale(checkout)
    checkout.commit("Four")
    ran = world.run("terraform.yml", "push", PUSH)
    assert ran.status == 0, ran.output
    assert checkout.calls == [terraform_job("plan"), terraform_job("apply")]
    assert re.search(SCALED, ran.output)
    assert b'"max_capacity": 3' in state.read()

    ran = world.run("scheduled.yml", "workflow_dispatch", BY_HAND, what="drift")
    assert ran.status == 0, ran.output
    assert checkout.calls == [terraform_job("plan")]
    assert "### Drift of dev: fine" in ran.output


def test_the_monthly_drill_recovers_staging(world: World) -> None:
    staging = world.clouds["staging"]
    wait_until(lambda: oldest_backup(staging) < datetime.now(UTC) - DRILLED, OLD_ENOUGH_S)
    before = staging.serving()
    ran = world.run("scheduled.yml", "workflow_dispatch", BY_HAND, what="drill")
    assert ran.status == 0, ran.output
    assert world.checkout.calls == [taken("staging", "recover", "staging-drill")]
    assert "### Drill of staging: fine" in ran.output
    assert staging.serving()[0] == before[0]


def oldest_backup(cloud: Cloud) -> datetime:
    """Return the earliest time to which the database can be restored."""
    rds = client(cloud.up, "rds")
    found = rds.describe_db_instance_automated_backups(DBInstanceIdentifier=cloud.outputs["database_identifier"])
    (backup,) = found["DBInstanceAutomatedBackups"]
    earliest: datetime = backup["RestoreWindow"]["EarliestTime"]
    return earliest


def scale(checkout: Checkout) -> None:
    """Change what SCALED finds in the plan."""
    values = checkout.tree / "infrastructure" / "terraform" / "environments" / "dev.tfvars"
    text = values.read_text()
    assert text.count("max_capacity = 2") == 1
    values.write_text(text.replace("max_capacity = 2", "max_capacity = 3"))


def terraform_job(what: str) -> str:
    return f"repo:acme/spendsense:environment:dev-{what} takes spendsense-terraform-dev-{what}"
