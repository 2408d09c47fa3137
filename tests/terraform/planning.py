"""Plans of the Terraform by the real provider without an account, each made once for the same code and kept on disk."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ops.cost import terraform
from ops.cost.plan_endpoint import plan_endpoint
from ops.errors import CouldNotPlan
from ops.terraform.program import SOURCE
from terraform_provider.runner.terraform import NAMED_BY
from tests.terraform import existing
from tests.terraform.plan import Plan

PROJECT = Path(__file__).parents[2]
KEPT = PROJECT / "build" / "terraform-plans"
KEPT_FOR_S = 24 * 3600
NO_PROVIDER = "there is no AWS provider: neither the registry nor a mirror (TF_CLI_CONFIG_FILE) answers"

CERTIFICATE = "certificate_arn=arn:aws:acm:us-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
LONGEST_OWNER = "abcdefghijklmnop"
GITHUB = ("github_repository=acme/spendsense", "github_repository_ids={owner=1,repository=2}")
# Without which nothing is planned in prod.
PROD = (CERTIFICATE, "public_url=https://api.example.com", "alarm_email=ops@example.com")
ADMINISTRATOR = "arn:aws:iam::123456789012:role/Administrator"
USER, ROLE = "arn:aws:iam::123456789012:user/jane", "arn:aws:iam::123456789012:role/on-call"
BOOTSTRAP = (
    *GITHUB,
    f'administrators=["{ADMINISTRATOR}"]',
    'state_users={prod=["arn:aws:iam::123456789012:role/platform"]}',
    'allowed_account_ids=["123456789012"]',
)
# What does not depend on what an account has.
OPTIONS = (
    'extra_tags={cost_center="4711"}',
    "log_retention_days=90",
    "alarm_thresholds={latency_p95_s=0.5,cpu_percent=60,database_free_storage_gib=5}",
    'extra_environment={OTEL_EXPORTER_OTLP_ENDPOINT="https://collector.example.com"}',
    "cpu_architecture=ARM64",
    "mail_from=no-reply@example.com",
    'scheduled_scaling={morning={schedule="cron(0 7 ? * MON-FRI *)",time_zone="America/Los_Angeles",'
    "min_capacity=6,max_capacity=10}}",
    "schedule_in_force=morning",
    "db_storage={size_gib=400,max_size_gib=1000,iops=12000,throughput_mib_s=500}",
    "db_apply_immediately=true",
    "redis_apply_immediately=true",
    "spot_percent=60",
    "execute_command_enabled=true",
    "monthly_budget_usd=500",
    "alarm_email=ops@example.com",
    "permissions_boundary_arn=arn:aws:iam::123456789012:policy/boundary",
    'image_readers=["arn:aws:iam::210987654321:role/spendsense-prod-deploy"]',
    "promoted_from=arn:aws:ecr:us-west-1:210987654321:repository/spendsense-backend",
    'extra_secrets={VENDOR_KEY="arn:aws:secretsmanager:us-west-1:123456789012:secret:vendor-AbCdEf:key::",'
    'VENDOR_PIN="arn:aws:ssm:us-west-1:123456789012:parameter/vendor/pin"}',
    'extra_secret_kms_key_arns=["arn:aws:kms:us-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"]',
)
# name -> environment, variables
VARIANTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "dev": ("dev", ()),
    "staging": ("staging", (CERTIFICATE, *GITHUB)),
    "prod": ("prod", (*PROD, *GITHUB)),
    "dev-owner": ("dev", ("owner_id=jane",)),
    "staging-owner": ("staging", (CERTIFICATE, f"owner_id={LONGEST_OWNER}")),
    "prod-owner": ("prod", (*PROD, "owner_id=jane")),
    "prod-blue-green": ("prod", (*PROD, "deployment_strategy=BLUE_GREEN")),
    # A schedule whose limits are still there when it has been taken out of the variables.
    "prod-step": ("prod", (*PROD, "scaling_mode=step", "schedule_in_force=evening")),
    "dev-gateway": ("dev", ("api_gateway_enabled=true",)),
    "prod-replication": ("prod", (*PROD, "replication_enabled=true", "read_replica_enabled=true")),
    # Every switch on and every name as long as it gets.
    "everything": (
        "prod",
        (
            *PROD,
            *GITHUB,
            f"owner_id={LONGEST_OWNER}",
            'allowed_account_ids=["123456789012"]',
            "oidc_issuer=https://login.example.com",
            'allowed_hosts=["api.example.com"]',
            'cors_allowed_origins=["https://app.example.com"]',
            'test_listener_cidrs=["203.0.113.0/24"]',
            "deployment_strategy=CANARY",
            "scaling_mode=step",
            "api_gateway_enabled=true",
            "read_replica_enabled=true",
            f'operators=["{USER}","{ROLE}"]',
            f'recovery_operators=["{USER}"]',
        ),
    ),
}
# Not among what every test of a plan looks at: here the numbers differ from those that were asked for.
OF_OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "local": ("local", tuple(f'{kind}=["{USER}"]' for kind in ("deployers", "operators", "recovery_operators"))),
    # Every option that nobody needs, each with another value than its default.
    "options": (
        "prod",
        (
            "owner_id=options",
            "public_url=https://api.example.com",
            "hosted_zone_id=Z2FDTNDATAQYW2",
            "endpoint_policies_enabled=true",
            "waf_enabled=true",
            "api_gateway_enabled=true",
            "load_balancer_open=true",
            "replication_enabled=true",
            'availability_zones=["us-west-1a","us-west-1b","us-west-1c"]',
            *GITHUB,
            *OPTIONS,
        ),
    ),
}


def planned(variant: str) -> Plan:
    """Give a variant's plan; every value that AWS would choose is a made-up one, the same everywhere.

    Skips the test where there is no Terraform or no provider.
    """
    found = plan_or_refusal(variant, workspace())
    if isinstance(found, CouldNotPlan):
        raise found
    return found


@cache
def plan_or_refusal(variant: str, directory: Path) -> Plan | CouldNotPlan:
    """Plan once, also what cannot be planned: every test of it then fails at once."""
    file = directory / f"{variant}.json"
    with locked(directory / f"{variant}.lock"):
        if not file.exists():
            try:
                created = make(terraform.Workspace([program()], directory / "terraform"), variant)
            except CouldNotPlan as exc:
                return exc
            temporary = file.with_suffix(".writing")
            temporary.write_text(json.dumps(created))
            temporary.replace(file)
    return Plan(variant, json.loads(file.read_text()))


def program() -> str:
    found = shutil.which(os.environ.get(NAMED_BY) or "terraform")
    if found is None:
        pytest.skip("there is no terraform: put Terraform 1.6.6 on PATH or name it in $TERRAFORM")
    return found


def workspace() -> Path:
    """Give the directory of this code and this Terraform: `terraform/`, initialized, and the plans beside it."""
    found = prepared()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@cache
def prepared() -> Path | str:
    """Make that directory where it is not there yet; without a provider say so, having looked once."""
    program()
    directory = KEPT / key()
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory / "workspace.lock"):
        remove_old()
        os.utime(directory)
        if not (directory / "ready").exists():
            shutil.rmtree(directory / "terraform", ignore_errors=True)
            try:
                created = terraform.prepare(directory / "terraform")
            except CouldNotPlan as exc:
                if is_without_provider(exc):
                    return NO_PROVIDER
                raise
            existing.write_schema(created, directory / "schema.json")
            show_what_is_ignored(created.directory)
            (directory / "ready").touch()
    return directory


def show_what_is_ignored(directory: Path) -> None:
    """Have plans say what the code wants where others may change it later; what serves stays the deploy's."""
    for file in directory.rglob("*.tf"):
        text = file.read_text()
        if "aws_ssm_parameter" not in text:
            file.write_text(re.sub(r"ignore_changes\s*=\s*\[[^\]]*\]", "ignore_changes = []", text))


def key() -> str:
    """Name the code with all that a plan of it depends on."""
    digest = hashlib.sha256()
    files = [
        *SOURCE.rglob("*.tf"),
        *SOURCE.rglob("*.tfvars"),
        *Path(__file__).parent.glob("*ing.py"),
    ]
    for file in sorted(files):
        digest.update(f"{file.relative_to(PROJECT)}\n".encode() + file.read_bytes())
    digest.update(program().encode())
    settings = os.environ.get("TF_CLI_CONFIG_FILE")
    if settings and Path(settings).exists():  # where the provider comes from; Terraform only warns of a missing one
        digest.update(Path(settings).read_bytes())
    return digest.hexdigest()[:16]


def remove_old() -> None:
    for each in KEPT.iterdir():
        if each.stat().st_mtime < time.time() - KEPT_FOR_S:
            shutil.rmtree(each, ignore_errors=True)


def make(ready: terraform.Workspace, variant: str) -> dict[str, Any]:
    """Plan from nothing; then again as if all of it existed, so that what refers to each other is known."""
    environment, variables = (VARIANTS | OF_OPTIONS)[variant]
    arguments = terraform.arguments(environment, variables)
    schema = json.loads((ready.directory.parent / "schema.json").read_text())
    state = ready.directory / f"{variant}.tfstate"
    with plan_endpoint(hosted_zones=terraform.hosted_zones(arguments)) as endpoint:
        plan = ready.plan(endpoint, arguments)
        state.write_text(json.dumps(existing.state_of(plan, schema)))
        return ready.plan(endpoint, [*arguments, "-refresh=false", f"-state={state}"])


def planned_bootstrap(directory: Path) -> Plan:
    """Give the plan of infrastructure/bootstrap with every switch on, where the account has RDS's role already."""
    program()
    shutil.copytree(SOURCE / "modules", directory / "terraform" / "modules")
    ready = prepared_copy(directory / "bootstrap", SOURCE.parent / "bootstrap")
    existing.write_schema(ready, directory / "schema.json", directory / "terraform")
    arguments = [f"-var={each}" for each in BOOTSTRAP]
    with plan_endpoint(service_linked_roles=["rds.amazonaws.com"]) as endpoint:
        plan = ready.plan(endpoint, arguments)
        created = existing.state_of(plan, json.loads((directory / "schema.json").read_text()))
        state = directory / "made.tfstate"
        state.write_text(json.dumps(created))
        return Plan("bootstrap", ready.plan(endpoint, [*arguments, "-refresh=false", f"-state={state}"]))


def prepared_copy(directory: Path, source: Path = SOURCE) -> terraform.Workspace:
    """Give an initialized copy of the code; skips the test where there is no Terraform or no provider."""
    program()
    try:
        return terraform.prepare(directory, source)
    except CouldNotPlan as exc:
        if is_without_provider(exc):
            pytest.skip(NO_PROVIDER)
        raise


def is_without_provider(exc: CouldNotPlan) -> bool:
    return "Failed to query available provider packages" in exc.message


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let in one process at a time; the lock ends with its holder."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def words(text: str) -> str:
    """Terraform wraps and frames its messages; give them as one line."""
    return re.sub(r"[\s│╷╵]+", " ", text)
