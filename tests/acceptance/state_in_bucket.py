"""An environment whose Terraform state is in its bucket, as on AWS, and a checkout whose workflow finds it there."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ops.terraform.program import SETTINGS, environment_of
from terraform_provider.runner import terraform
from tests.acceptance import act
from tests.acceptance.act import Checkout
from tests.acceptance.command import PROJECT, client
from tests.acceptance.github import OF_TERRAFORM
from tests.acceptance.reader import OVERRIDE, REPLICA
from tests.acceptance.three_clouds import APPLY_S, Cloud

INIT = {"TF_CLI_ARGS_init": "-backend-config=use_path_style=true"}


class State:
    """The state of dev, and the roles that plan and apply it: infrastructure/bootstrap, applied to the cloud.

    provider: settings of Terraform that find the provider.
    """

    def __init__(self, cloud: Cloud, directory: Path, provider: str) -> None:
        self._cloud, self._provider = cloud, provider
        self._bootstrap = directory / "bootstrap" / "infrastructure" / "bootstrap"
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*")
        shutil.copytree(PROJECT / "infrastructure", self._bootstrap.parent, ignore=ignored)
        (self._bootstrap / "zz_local_override.tf").write_text(OVERRIDE)
        account = cloud.up["account_id"]
        values = {
            "administrators": [f"arn:aws:iam::{account}:user/administrator"],
            "environments": [cloud.stage],
            "github_repository": act.REPOSITORY,
            "github_repository_ids": {"owner": 1, "repository": 2},
            # The environment has made it before.
            "github_oidc_provider_arn": f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com",
        }
        (self._bootstrap / "terraform.tfvars.json").write_text(json.dumps(values))
        self._terraform("init", "-input=false")
        self._terraform("apply", "-auto-approve", "-input=false")
        outputs = json.loads(self._terraform("output", "-json"))
        self.bucket, self.key = str(outputs["bucket"]["value"]), f"{cloud.stage}/terraform.tfstate"
        self.roles: dict[str, str] = outputs["github_role_arns"]["value"]
        self._backend = str(outputs["backends"]["value"][cloud.stage])
        there = cloud.directory / "terraform" / "code" / "terraform.tfstate"
        self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=there.read_bytes())

    @property
    def s3(self) -> Any:
        return client(self._cloud.up, "s3")

    def read(self) -> bytes:
        found: bytes = self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        return found

    def find_from(self, checkout: Checkout) -> None:
        """Write into a checkout what its owners would: where the state is, and the environment's own values."""
        root, directory = checkout.tree / "infrastructure", self._cloud.directory / "terraform"
        (root / "terraform" / "zz_local_override.tf").write_text(OVERRIDE + REPLICA)
        (root / "bootstrap" / "zz_local_override.tf").write_text(OVERRIDE)
        environments = root / "terraform" / "environments"
        (environments / f"{self._cloud.stage}.s3.tfbackend").write_text(self._backend)
        values = [json.loads((directory / f"{name}.tfvars.json").read_text()) for name in ("up", "github")]
        lines = [f"{name} = {json.dumps(value)}\n" for each in values for name, value in each.items()]
        with (environments / f"{self._cloud.stage}.tfvars").open("a") as file:
            file.writelines(["\n", *lines])
        self._terraform("fmt", str(environments))

    def _terraform(self, *words: str) -> str:
        endpoint = self._cloud.up["endpoint"]
        own = {f"AWS_ENDPOINT_URL_{service}": endpoint for service in OF_TERRAFORM}
        done = subprocess.run(
            [*terraform.find().command, *words],
            cwd=self._bootstrap,
            env={**environment_of(endpoint), **own, SETTINGS: self._provider, "AWS_REGION": "us-west-1"},
            capture_output=True,
            text=True,
            timeout=APPLY_S,
            check=False,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout
