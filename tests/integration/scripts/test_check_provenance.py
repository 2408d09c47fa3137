"""scripts/check-provenance: what it asks `gh` to verify. ECR and `gh` are stand-ins."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "check-provenance"
REGISTRY = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend"
MANIFEST = '{\n  "schemaVersion": 2,\n  "manifests": []\n}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST.encode()).hexdigest()}"
COMMIT = "1" * 40
GH = """#!/bin/sh
echo "$@" > "$NOTES/asked"
sha256sum "$3" | cut -d' ' -f1 > "$NOTES/digest"
exit "$(cat "$NOTES/status")"
"""


class Ecr(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        content = json.dumps({"images": [{"imageManifest": MANIFEST}], "failures": []}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "status").write_text("0")
    with ThreadingHTTPServer(("127.0.0.1", 0), Ecr) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "NOTES": str(tmp_path),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-west-1",
            "GITHUB_REPOSITORY": "acme/spendsense",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": COMMIT,
            "GITHUB_STEP_SUMMARY": str(tmp_path / "page"),
        }
        server.shutdown()


def checked(environment: dict[str, str], digest: str = DIGEST) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(SCRIPT), "dev", f"{REGISTRY}@{digest}"]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_gh_verifies_the_manifest_by_repository_workflow_branch_and_commit(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = checked(environment)
    assert done.returncode == 0, done.stderr
    assert f"sha256:{(tmp_path / 'digest').read_text().strip()}" == DIGEST
    asked = (tmp_path / "asked").read_text().split()
    assert asked[:2] == ["attestation", "verify"]
    assert asked[3:] == [
        *("--repo", "acme/spendsense"),
        *("--signer-workflow", "acme/spendsense/.github/workflows/deploy.yml"),
        *("--source-ref", "refs/heads/main"),
        *("--source-digest", COMMIT),
    ]


def test_an_image_that_is_not_signed_ends_the_stage_and_says_why(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "status").write_text("1")
    done = checked(environment)
    assert done.returncode == 1
    assert "::error title=dev: where the image comes from is not known::GitHub has no signature" in done.stdout
    assert "Push another commit" in (tmp_path / "page").read_text()


def test_a_manifest_of_another_digest_is_not_even_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    done = checked(environment, f"sha256:{'0' * 64}")
    assert done.returncode == 1
    assert "a manifest whose digest is" in done.stdout
    assert not (tmp_path / "asked").exists()
