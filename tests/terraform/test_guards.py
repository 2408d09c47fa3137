"""No apply deletes what serves: checked on a local cloud whose load balancer has been used since."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from localcloud.elb.certificates import LocalCertificates
from ops.cost import terraform
from ops.errors import CouldNotPlan
from ops.terraform.program import SOURCE, environment_of
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.ports import free_pair, free_port
from tests.terraform.planning import NO_PROVIDER, program, words

pytestmark = pytest.mark.full

REGION = "us-west-1"
NAME = "spendsense-guards"
ROOT = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region            = "us-west-1"
  s3_use_path_style = true
}

variable "shifts" { default = true }
variable "certificate_arn" { default = null }
variable "open" { default = true }
variable "allowed" { default = false }
variable "port" { default = PORT }

data "aws_vpc" "this" { default = true }

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

resource "aws_security_group" "this" {
  name   = "spendsense-guards"
  vpc_id = data.aws_vpc.this.id
}

resource "aws_s3_bucket" "logs" {
  bucket        = "spendsense-guards-logs"
  force_destroy = true
}

module "alb" {
  source              = "./modules/alb"
  name                = "spendsense-guards"
  short_name          = "spendsense-guards"
  vpc_id              = data.aws_vpc.this.id
  subnet_ids          = slice(sort(data.aws_subnets.this.ids), 0, 2)
  security_group_id   = aws_security_group.this.id
  certificate_arn     = var.certificate_arn
  https               = var.certificate_arn != null
  listener_ports      = { production = var.port, test = var.shifts ? PORT + 1 : null }
  service_port        = 8000
  shifts_traffic      = var.shifts
  access_logs_bucket  = aws_s3_bucket.logs.id
  deletion_protection = false
  waf_enabled         = false
  kms_key_arn         = "arn:aws:kms:us-west-1:123456789012:key/x"
  open_to_internet    = var.open
  removal_allowed     = var.allowed
}
"""


@dataclass
class Account:
    daemon: Daemon
    directory: Path

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.daemon.endpoint["endpoint"],
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def terraform(self, verb: str, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [program(), verb, "-input=false", "-no-color", *arguments],
            cwd=self.directory,
            env=environment_of(self.daemon.endpoint["endpoint"]),
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == expect, words(done.stdout[-3000:] + done.stderr)
        return words(done.stdout + done.stderr)

    def apply(self, *variables: str, expect: int = 0) -> str:
        return self.terraform("apply", "-auto-approve", *(f"-var={each}" for each in variables), expect=expect)

    def groups(self) -> dict[str, str]:
        """Name -> ARN of the target groups there are."""
        found = self.client("elbv2").describe_target_groups()["TargetGroups"]
        return {each["TargetGroupName"]: each["TargetGroupArn"] for each in found}

    def share_out(self, **weights: int) -> None:
        """Set the weights of every rule, as ECS does: primary=0, alternate=100."""
        elb, groups = self.client("elbv2"), self.groups()
        arns = {"primary": groups[NAME], "alternate": groups[f"{NAME}-alternate"]}
        forward = {
            "TargetGroups": [{"TargetGroupArn": arns[role], "Weight": weight} for role, weight in weights.items()]
        }
        (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                if not rule["IsDefault"]:
                    actions = [{"Type": "forward", "ForwardConfig": forward}]
                    elb.modify_rule(RuleArn=rule["RuleArn"], Actions=actions)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    program()
    root = tmp_path / "root"
    (root / "modules").mkdir(parents=True)
    (root / "modules" / "alb").symlink_to(SOURCE / "modules" / "alb")
    (root / "main.tf").write_text(ROOT.replace("PORT", str(free_pair())))
    done = terraform.Workspace([program()], root).run("init", "-input=false", "-no-color")
    if "Failed to query available provider packages" in done.stderr:
        pytest.skip(NO_PROVIDER)
    if done.returncode != 0:
        raise CouldNotPlan(done.stderr)
    daemon = start(tmp_path / "cloud")
    try:
        yield Account(daemon, root)
    finally:
        assert daemon.stop() == 0


def test_back_to_rolling_waits_until_the_primary_group_has_all_the_traffic(account: Account) -> None:
    account.apply()
    account.share_out(primary=0, alternate=100)
    printed = account.apply("shifts=false", expect=1)
    assert f"{NAME}-alternate (weight 100)" in printed
    assert "deploy once more with the current strategy" in printed
    printed = account.apply("shifts=false", f"port={free_port()}", expect=1)  # the rule is at the port of before
    assert f"{NAME}-alternate (weight 100)" in printed
    assert set(account.groups()) == {NAME, f"{NAME}-alternate"}
    account.share_out(primary=90, alternate=10)  # while a canary runs
    assert "weight 10" in account.apply("shifts=false", expect=1)
    account.apply()  # anything else continues
    account.share_out(primary=100, alternate=0)
    account.apply("shifts=false")
    assert set(account.groups()) == {NAME}
    assert "No changes" in account.terraform("plan", "-var=shifts=false")
    account.apply()  # and forth again
    account.share_out(alternate=100)
    account.terraform("destroy", "-auto-approve")
    assert account.groups() == {}


def test_what_serves_is_removed_when_that_is_intended(account: Account) -> None:
    account.apply()
    account.share_out(primary=0, alternate=100)
    account.apply("shifts=false", "allowed=true")
    assert set(account.groups()) == {NAME}


def test_https_and_the_way_from_the_internet_are_not_lost_by_the_way(account: Account) -> None:
    certificate, key = LocalCertificates(account.directory / "certificate").pair(["api.example.com"])
    imported = account.client("acm").import_certificate(Certificate=certificate.encode(), PrivateKey=key.encode())
    secure = f"certificate_arn={imported['CertificateArn']}"
    account.apply("shifts=false")
    account.apply(secure, "shifts=false")  # from HTTP: a listener of another protocol
    assert "serves HTTPS" in account.apply("shifts=false", expect=1)
    printed = account.apply(secure, "shifts=false", "open=false", expect=1)
    assert "Clients reach the load balancer from the internet" in printed
    account.apply("shifts=false", "open=false", "allowed=true")
    assert "No changes" in account.terraform("plan", "-var=shifts=false", "-var=open=false")
