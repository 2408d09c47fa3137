"""The claims in the GitHub token of a job: of this job, or those that a job of this checkout would have."""

import base64
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.configuration import PROJECT_ROOT
from ops.errors import NotReachable

AUDIENCE = "sts.amazonaws.com"
ANSWER_S = 10
REMOTE = re.compile(r"github\.com[:/](?P<repository>[^/\s]+/[^/\s]+?)(\.git)?/?\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Claims. is_real: read from a token; otherwise those that this checkout's jobs would have."""

    said: Mapping[str, str]
    is_real: bool

    @property
    def source(self) -> str:
        return "the token" if self.is_real else "a job of this checkout"


def claims_here(environment: str) -> Claims | None:
    """Return the claims of this job's token, else those of a job of this checkout; None where neither is known.

    environment: the GitHub environment. Errors: NotReachable when GitHub gives a job no token.
    """
    token = token_here()
    if token is not None:
        return Claims(said=decoded(token), is_real=True)
    repository = os.environ.get("GITHUB_REPOSITORY") or repository_of(PROJECT_ROOT)
    if repository is None:
        return None
    said = {"aud": AUDIENCE, "sub": f"repo:{repository}:environment:{environment}", "repository": repository}
    return Claims(said=said, is_real=False)


def token_here() -> str | None:
    """Return the token of AWS_WEB_IDENTITY_TOKEN_FILE, else one that GitHub gives this job; None outside of a job."""
    file = os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if file:
        try:
            return Path(file).read_text().strip()
        except OSError as exc:
            raise NotReachable(
                f"AWS_WEB_IDENTITY_TOKEN_FILE={file}: {exc.strerror}", next_step="correct or unset it"
            ) from exc
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    secret = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not secret:
        return None
    request = urllib.request.Request(  # noqa: S310 - GitHub's own URL
        f"{url}&audience={AUDIENCE}", headers={"Authorization": f"Bearer {secret}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:  # noqa: S310 - as above
            return str(json.load(response)["value"])
    except (OSError, ValueError, KeyError) as exc:
        raise NotReachable(
            f"GitHub issued no token to this job: {exc}", next_step="give the job the permission `id-token: write`"
        ) from exc


def decoded(token: str) -> dict[str, str]:
    """Read a token's claims without checking its signature, as AWS does that.

    Errors: NotReachable for an invalid token.
    """
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return {str(name): str(value) for name, value in said.items()}
    except (IndexError, ValueError, AttributeError) as exc:
        raise NotReachable(
            "the identity token cannot be decoded: it should be a JSON Web Token",
            next_step="correct or unset AWS_WEB_IDENTITY_TOKEN_FILE",
        ) from exc


def repository_of(directory: Path) -> str | None:
    """Return owner/name of a checkout's remote on GitHub; None where it has none."""
    try:
        found = subprocess.run(
            ["git", "-C", str(directory), "remote", "get-url", "origin"],
            capture_output=True, text=True, timeout=ANSWER_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):  # without git nothing is known about the checkout
        return None
    matched = REMOTE.search(found.stdout)
    return matched["repository"] if matched else None
