"""`docker` as scripts/push-image uses it: it builds an image of the backend, and pushes it through the registry's API.

The Dockerfile is not followed: no engine is needed, and the base image is nowhere here. As docker's, an index names the
image and its attestation.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ops.image.registry import (
    COMMAND,
    CONFIG_TYPE,
    ENVIRONMENT,
    LAYER_TYPE,
    MANIFEST_TYPE,
    REVISION_LABEL,
    SCHEMA_HEAD_LABEL,
    SCHEMA_REVISIONS_LABEL,
    digest_of,
)
from ops.image.unpack import compile_bytecode
from tests.acceptance.github import known, notes

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
ACCEPTED = {"accept": f"{INDEX_TYPE}, {MANIFEST_TYPE}"}
PIECE = 2**20
LONGEST_S = 300


@dataclass(frozen=True)
class Repository:
    """A repository of ECR, at the endpoint of its account's local cloud."""

    http: httpx.Client
    name: str

    def blob(self, path: Path) -> dict[str, object]:
        """Push what a file has, unless it is there; return how a manifest names it, but for its type."""
        with path.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, hashlib.sha256).hexdigest()}"
        if self.http.head(f"/v2/{self.name}/blobs/{digest}").status_code != httpx.codes.OK:
            at = f"/v2/{self.name}/blobs/uploads/?digest={digest}"
            size = {"content-length": str(path.stat().st_size)}
            self.http.post(at, content=pieces(path), headers=size).raise_for_status()
        return {"digest": digest, "size": path.stat().st_size}

    def manifest(self, fields: dict[str, object], reference: str = "") -> dict[str, object]:
        """Push a manifest; return how an index names it. reference: its tag; else it is found by its digest."""
        content, kind = json.dumps(fields).encode(), str(fields["mediaType"])
        at = f"/v2/{self.name}/manifests/{reference or digest_of(content)}"
        self.http.put(at, content=content, headers={"content-type": kind}).raise_for_status()
        return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}

    def digest(self, tag: str) -> str | None:
        answer = self.http.head(f"/v2/{self.name}/manifests/{tag}", headers=ACCEPTED)
        return answer.headers["docker-content-digest"] if answer.status_code == httpx.codes.OK else None


def repository_of(reference: str) -> tuple[Repository, str]:
    """Return the repository and the tag of `ACCOUNT.dkr.ecr...com/NAME:TAG`."""
    registry, _, named = reference.partition("/")
    name, _, tag = named.rpartition(":")
    password = (notes() / f"login-{registry}").read_text()
    endpoint = known().endpoints[registry.partition(".")[0]]
    http = httpx.Client(base_url=endpoint, auth=("AWS", password), trust_env=False, timeout=LONGEST_S)
    return Repository(http, name), tag


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def build_and_push(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    for name in ("--builder", "--platform", "--tag"):
        parser.add_argument(name, required=True)
    for name in ("--sbom", "--provenance"):
        parser.add_argument(name, required=True)
    for name in ("--push", "--pull"):
        parser.add_argument(name, action="store_true", required=True)
    parser.add_argument("--build-arg", action="append")
    parser.add_argument("context", type=Path)
    asked = parser.parse_args(words)
    repository, tag = repository_of(asked.tag)
    given = dict(each.split("=", 1) for each in asked.build_arg)
    with tempfile.TemporaryDirectory() as scratch:
        push(repository, tag, asked.context, given, Path(scratch))
    with (notes() / "calls").open("a") as file:
        file.write(f"push {asked.tag}\n")


def push(repository: Repository, tag: str, context: Path, given: dict[str, str], scratch: Path) -> None:
    application = scratch / "app"
    shutil.copytree(context / "app", application, ignore=shutil.ignore_patterns("__pycache__"))
    compiled, said = compile_bytecode(application)
    assert compiled, said
    layers = [dependencies(), archived(application, "srv/app", scratch / "app.tar")]
    config = scratch / "config"
    config.write_text(json.dumps(configuration(given, layers)))
    image = repository.manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, **repository.blob(config)},
            "layers": [{"mediaType": LAYER_TYPE, **repository.blob(each)} for each in layers],
        }
    )
    statement = scratch / "statement"
    statement.write_text(json.dumps({"_type": "https://in-toto.io/Statement/v0.1", "subject": [], "predicate": {}}))
    empty = scratch / "empty"
    empty.write_text("{}")
    attestation = repository.manifest(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, **repository.blob(empty)},
            "layers": [{"mediaType": "application/vnd.in-toto+json", **repository.blob(statement)}],
        }
    )
    about = {"vnd.docker.reference.digest": image["digest"], "vnd.docker.reference.type": "attestation-manifest"}
    unknown = {"platform": {"architecture": "unknown", "os": "unknown"}, "annotations": about}
    here = {"platform": {"architecture": architecture(), "os": "linux"}}
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [image | here, attestation | unknown]}
    repository.manifest(index, tag)


def configuration(given: dict[str, str], layers: list[Path]) -> dict[str, Any]:
    labels = {
        REVISION_LABEL: given["REVISION"],
        SCHEMA_HEAD_LABEL: given["SCHEMA_HEAD"],
        SCHEMA_REVISIONS_LABEL: given["SCHEMA_REVISIONS"],
    }
    return {
        "architecture": architecture(),
        "os": "linux",
        "config": {
            "Env": ["PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin", *ENVIRONMENT],
            "Cmd": list(COMMAND),
            "WorkingDir": "/srv",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [digest_of(each.read_bytes()) for each in layers]},
    }


def architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def dependencies() -> Path:
    """Return the layer with the virtual environment, which every build shares."""
    made = notes() / "dependencies.tar"
    return made if made.exists() else archived(Path(os.environ["DEPENDENCIES"]), "opt/venv", made)


def archived(directory: Path, name: str, tar: Path) -> Path:
    """Archive a directory with its times, by which Python knows that bytecode is up to date."""
    making = tar.with_suffix(".making")
    with tarfile.open(making, "w", format=tarfile.PAX_FORMAT) as opened:
        opened.add(directory, name)
    return making.rename(tar)


def main(words: list[str]) -> int:
    match words:
        case ["login", "--username", "AWS", "--password-stdin", registry]:
            (notes() / f"login-{registry}").write_text(sys.stdin.read())
        case ["buildx", "imagetools", "inspect", reference, "--format", "{{.Manifest.Digest}}"]:
            repository, tag = repository_of(reference)
            digest = repository.digest(tag)
            sys.stdout.write(f"{digest or ''}\n")
            return 0 if digest else 1
        case ["buildx", "create" | "rm", *_]:
            pass
        case ["buildx", "build", *rest]:
            build_and_push(rest)
        case _:
            raise SystemExit(f"docker: not known here: {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
