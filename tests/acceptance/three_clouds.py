"""Three local clouds that play the accounts of dev, staging and prod, set up for GitHub as by infrastructure/."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.host import ACCOUNT_FILE
from ops.terraform.program import SETTINGS, environment_of
from terraform_provider.runner import terraform
from tests.acceptance import act
from tests.acceptance.command import Spendsense
from tests.acceptance.images import give_layer
from tests.ports import free_pair

STAGES = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
NEXT = {"dev": "staging", "staging": "prod"}
UP_S, APPLY_S = 1800, 900


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A local cloud that plays the account of an environment. up: what `up --json` printed. outputs: of Terraform."""

    stage: str
    spendsense: Spendsense
    up: Mapping[str, Any]
    outputs: Mapping[str, str]

    @property
    def directory(self) -> Path:
        return Path(self.up["data_dir"])

    @property
    def variables(self) -> dict[str, dict[str, str]]:
        """Return the variables of this environment's GitHub environments, as infrastructure/README.md lists them."""
        registry, _, repository = self.outputs["repository_url"].partition("/")
        cluster = {"CLUSTER_NAME": self.outputs["cluster_name"]}
        deploys = {
            "AWS_DEPLOY_ROLE_ARN": self.outputs["deploy_role_arn"],
            "ECR_REGISTRY": registry,
            "ECR_REPOSITORY": repository,
            "SERVICE_URL": self.up["url"],
        }
        operates = {"AWS_OPERATOR_ROLE_ARN": self.outputs["operator_role_arn"]}
        recovers = {"AWS_RECOVERY_ROLE_ARN": self.outputs["recovery_role_arn"]}
        return {
            self.stage: cluster | deploys,
            f"{self.stage}-operate": cluster | operates,
            f"{self.stage}-drill": recovers,
        }

    def serving(self) -> tuple[str, int]:
        """Return the digest of the image that serves, and its revision."""
        status = self.spendsense.json("status", "--env", f"like-{self.stage}")
        (service,) = status["services"]
        return str(service["image"]).partition("@")[2], int(service["revision"])


@contextmanager
def running(directory: Path, image_store: Path) -> Iterator[dict[str, Cloud]]:
    """Give the clouds, one started after the other; they end with this context."""
    with ExitStack() as stack:
        yield {stage: stack.enter_context(_running(directory / stage, stage, image_store)) for stage in STAGES}


@contextmanager
def _running(home: Path, stage: str, image_store: Path) -> Iterator[Cloud]:
    home.mkdir()
    give_layer(image_store, home, f"like-{stage}")
    (home / f"like-{stage}" / ACCOUNT_FILE).write_text(STAGES[stage])
    command = Spendsense(home)
    try:
        ports = ("--port", "0", "--listener-port", str(free_pair()))
        timeout = ("--timeout", str(UP_S))
        up = command.json("up", "--like", stage, *ports, *timeout, timeout_s=UP_S)
        yield Cloud(stage=stage, spendsense=command, up=up, outputs=_trusting_github(stage, up))
    finally:
        command.end("--env", f"like-{stage}")


def _trusting_github(stage: str, up: Mapping[str, Any]) -> dict[str, str]:
    """Apply what the page's sections "GitHub" and "Rehearse it" say; return Terraform's outputs."""
    directory = Path(up["data_dir"]) / "terraform"
    values: dict[str, object] = {
        "github_repository": act.REPOSITORY,
        "github_repository_ids": {"owner": 1, "repository": 2},
    }
    if after := NEXT.get(stage):
        values["image_readers"] = [f"arn:aws:iam::{STAGES[after]}:role/spendsense-{after}-deploy"]
    for before in (name for name, after in NEXT.items() if after == stage):
        values["promoted_from"] = f"arn:aws:ecr:us-west-1:{STAGES[before]}:repository/spendsense-backend"
    (directory / "github.tfvars.json").write_text(json.dumps(values))
    files = (f"environments/{stage}.tfvars", "../up.tfvars.json", "../github.tfvars.json")
    arguments = ("-auto-approve", "-input=false", *(f"-var-file={each}" for each in files))
    _terraform(directory, up["endpoint"], "apply", *arguments)
    outputs = json.loads(_terraform(directory, up["endpoint"], "output", "-json"))
    return {name: str(each["value"]) for name, each in outputs.items()}


def _terraform(directory: Path, endpoint: str, *words: str) -> str:
    done = subprocess.run(
        [*terraform.find().command, f"-chdir={directory / 'code'}", *words],
        env={**environment_of(endpoint), SETTINGS: str(directory / "provider" / "terraform.rc")},
        capture_output=True,
        text=True,
        timeout=APPLY_S,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
