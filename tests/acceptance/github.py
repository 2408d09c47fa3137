"""GitHub's side of a job that act runs: variables of GitHub environments, which act does not have, and identity tokens.

`python -m tests.acceptance.github ACTION` stands in for published actions, which share the file `NOTES` (`Known`).
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import yaml

from tests.acceptance.act import Checkout
from tests.acceptance.command import PROJECT

MARK = "of-the-environment:"
"""Begins the value that act has for such a variable; its name follows."""
OF_ENVIRONMENTS = (
    *("AWS_DEPLOY_ROLE_ARN", "AWS_OPERATOR_ROLE_ARN", "AWS_RECOVERY_ROLE_ARN", "AWS_TERRAFORM_ROLE_ARN"),
    *("CLUSTER_NAME", "ECR_REGISTRY", "ECR_REPOSITORY", "SERVICE_URL"),
)
OF_TERRAFORM = ("S3", "DYNAMODB", "STS", "IAM")
"""The services that Terraform's own backend calls; it does not know AWS_ENDPOINT_URL."""
REGION = "us-west-1"
HOUR_S = 3600
INPUTS = {
    "aws-actions/configure-aws-credentials": (("role-to-assume", "aws-region", "role-duration-seconds"), "credentials"),
    "aws-actions/amazon-ecr-login": ((), "log-in"),
    "actions/attest": (("subject-name", "subject-digest"), "sign"),
    "actions/upload-artifact": (("name", "path"), "keep"),
    "actions/download-artifact": (("name", "path"), "bring"),
}
"""Action -> its inputs, and our name for it."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """State of GitHub and AWS. variables: of each GitHub environment. endpoints: of each account. ecr: of them all."""

    variables: Mapping[str, Mapping[str, str]]
    endpoints: Mapping[str, str]
    ecr: str

    def keep(self, notes: Path) -> None:
        (notes / "known.json").write_text(json.dumps(asdict(self)))


def known() -> Known:
    return Known(**json.loads((notes() / "known.json").read_text()))


def notes() -> Path:
    return Path(os.environ["NOTES"])


def install(checkout: Checkout) -> None:
    """Give a checkout the stand-ins."""
    for name, (inputs, ours) in INPUTS.items():
        given = {f"GIVEN_{each.upper().replace('-', '_')}": f"${{{{ inputs.{each} }}}}" for each in inputs}
        run = f"PYTHONPATH={PROJECT} {sys.executable} -m tests.acceptance.github {ours}"
        action = {
            "name": ours,
            "inputs": {each: {"required": False} for each in inputs},
            "runs": {"using": "composite", "steps": [{"shell": "bash", "run": run, "env": given}]},
        }
        checkout.action(name, yaml.safe_dump(action))
    checkout.program("gh", f'PYTHONPATH={PROJECT} exec {sys.executable} -m tests.acceptance.github verify "$@"')


def configure_credentials() -> None:
    """Assume the role by a token of the job; the next steps get its session, and the environment's variables."""
    role = own_variable(os.environ["GIVEN_ROLE_TO_ASSUME"])
    endpoint = known().endpoints[role.split(":")[4]]
    sts = boto3.client("sts", endpoint_url=endpoint, region_name=REGION)
    answer = sts.assume_role_with_web_identity(
        RoleArn=role,
        RoleSessionName="GitHubActions",
        WebIdentityToken=token(endpoint),
        DurationSeconds=int(os.environ["GIVEN_ROLE_DURATION_SECONDS"] or HOUR_S),
    )
    given = answer["Credentials"]
    note(f"{answer['SubjectFromWebIdentityToken']} takes {role.rpartition('/')[2]}")
    with (notes() / "sessions.jsonl").open("a") as file:
        file.write(json.dumps({"key": given["AccessKeyId"], "role": role}) + "\n")
    export(
        {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
            "AWS_REGION": os.environ["GIVEN_AWS_REGION"],
            "AWS_DEFAULT_REGION": os.environ["GIVEN_AWS_REGION"],
            "AWS_ENDPOINT_URL": endpoint,
            **{f"AWS_ENDPOINT_URL_{service}": endpoint for service in OF_TERRAFORM},
            "AWS_ENDPOINT_URL_ECR": known().ecr,
        }
        | {name: own_variable(value) for name, value in os.environ.items() if value.startswith(MARK)}
    )


def own_variable(text: str) -> str:
    """Return what the job's environment has for a mark; another text as it is."""
    theirs = known().variables.get(environment(), {})
    return theirs.get(text.removeprefix(MARK), "") if text.startswith(MARK) else text


def token(issuer: str) -> str:
    """Return an identity token, which GitHub gives to jobs that may have one, and never to a fork's pull request."""
    if job().get("permissions", {}).get("id-token") != "write":
        raise SystemExit("The job has no permission id-token: write, so GitHub gives it no token")
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text())
    head = event.get("pull_request", {}).get("head", {}).get("repo", {}).get("full_name")
    if head not in (None, os.environ["GITHUB_REPOSITORY"]):
        raise SystemExit(f"The pull request comes from the fork {head}, so GitHub gives its jobs no token")
    facts = {
        "repository": os.environ["GITHUB_REPOSITORY"],
        "ref": os.environ["GITHUB_REF"],
        "event_name": os.environ["GITHUB_EVENT_NAME"],
        "workflow": os.environ["GITHUB_WORKFLOW"],
        "environment": environment(),
    }
    answer = httpx.post(f"{issuer}/_localcloud/oidc/token", json=facts, trust_env=False, timeout=60)
    return str(answer.raise_for_status().json()["value"])


def log_in_to_ecr() -> None:
    """Log docker in with the job's credentials."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    (data,) = boto3.client("ecr").get_authorization_token()["authorizationData"]
    password = base64.b64decode(data["authorizationToken"]).decode().partition(":")[2]
    registry = f"{account}.dkr.ecr.{os.environ['AWS_REGION']}.amazonaws.com"
    words = ["docker", "login", "--username", "AWS", "--password-stdin", registry]
    subprocess.run(words, input=password, text=True, check=True)


def sign() -> None:
    """Keep that this workflow built an image from this commit, as GitHub does for a job that may sign."""
    missing = {"id-token", "attestations"} - {
        name for name, may in job().get("permissions", {}).items() if may == "write"
    }
    if missing:
        raise SystemExit(f"The job may not write {sorted(missing)}, so GitHub keeps no signature of it")
    with (notes() / "signed.jsonl").open("a") as file:
        file.write(json.dumps([os.environ["GIVEN_SUBJECT_DIGEST"], *this_build()]) + "\n")
    note(f"sign {os.environ['GIVEN_SUBJECT_DIGEST']}")


def this_build() -> list[str]:
    """Return what a signature says of the job: its repository, workflow, branch and commit."""
    repository = os.environ["GITHUB_REPOSITORY"]
    (path,) = (
        each for each in workflows() if yaml.safe_load(each.read_text())["name"] == os.environ["GITHUB_WORKFLOW"]
    )
    return [
        repository,
        f"{repository}/.github/workflows/{path.name}",
        os.environ["GITHUB_REF"],
        os.environ["GITHUB_SHA"],
    ]


def verify() -> None:
    """Stand in for `gh attestation verify FILE` with options that must all be as they were signed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs=2)
    parser.add_argument("file", type=Path)
    for name in ("--repo", "--signer-workflow", "--source-ref", "--source-digest"):
        parser.add_argument(name, required=True)
    asked = parser.parse_args(sys.argv[2:])
    assert asked.words == ["attestation", "verify"]
    if job().get("permissions", {}).get("attestations") != "read":
        raise SystemExit("The job has no permission attestations: read, so GitHub shows it no signature")
    digest = f"sha256:{hashlib.sha256(asked.file.read_bytes()).hexdigest()}"
    wanted = [digest, asked.repo, asked.signer_workflow, asked.source_ref, asked.source_digest]
    kept = (notes() / "signed.jsonl").read_text().splitlines() if (notes() / "signed.jsonl").exists() else []
    if wanted not in map(json.loads, kept):
        raise SystemExit(f"There is no signature of {wanted}")
    note(f"verify {digest}")


def note(line: str) -> None:
    """Write a line that the test reads as `Checkout.calls`."""
    with (notes() / "calls").open("a") as file:
        file.write(f"{line}\n")


def keep_artifact() -> None:
    """Keep files of the workspace under a name."""
    there = notes() / "artifacts" / os.environ["GIVEN_NAME"]
    there.mkdir(parents=True, exist_ok=True)
    for path in os.environ["GIVEN_PATH"].split():
        shutil.copy(Path(os.environ["GITHUB_WORKSPACE"]) / path, there)


def bring_artifact() -> None:
    """Bring them to a directory of the workspace."""
    there = notes() / "artifacts" / os.environ["GIVEN_NAME"]
    shutil.copytree(there, Path(os.environ["GITHUB_WORKSPACE"]) / os.environ["GIVEN_PATH"], dirs_exist_ok=True)


STAND_INS = {
    "credentials": configure_credentials,
    "log-in": log_in_to_ecr,
    "sign": sign,
    "verify": verify,
    "keep": keep_artifact,
    "bring": bring_artifact,
}


def job() -> dict[str, Any]:
    """Return this job as its workflow has it; of the jobs with an environment no two have the same name."""
    named = [yaml.safe_load(path.read_text())["jobs"].get(os.environ["GITHUB_JOB"], {}) for path in workflows()]
    return next((each for each in named if "environment" in each), {})


def workflows() -> list[Path]:
    return list((Path(os.environ["GITHUB_WORKSPACE"]) / ".github" / "workflows").glob("*.yml"))


def environment() -> str:
    """Return the name of this job's GitHub environment; its workflow gives the steps what the expression stands for."""
    said = job().get("environment", "")
    text = said["name"] if isinstance(said, dict) else said
    given = os.environ.get("ENVIRONMENT") or os.environ.get("SPENDSENSE_ENV", "")
    return re.sub(r"\$\{\{ (inputs|matrix)\.environment \}\}", given, text)


def export(variables: Mapping[str, str]) -> None:
    """Set variables of the steps that follow."""
    with Path(os.environ["GITHUB_ENV"]).open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in variables.items())


if __name__ == "__main__":
    STAND_INS[sys.argv[1]]()
