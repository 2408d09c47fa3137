"""Images that are too large or have grave vulnerabilities are not deployed on AWS, unless somebody accepted these."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName
from ops.errors import DeployRefused, Misuse
from ops.image import gate
from ops.image.gate import Accepted, Finding
from ops.image.registry import digest_of
from ops.image.repository import NOT_BEGUN

URI = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend"
ENTRIES = (
    '[{"digest": "sha256:at", "platform": {"os": "unknown"}}, {"digest": "sha256:it", "platform": {"os": "linux"}}]'
)
MANIFEST = '{"schemaVersion": 2, "manifests": ' + ENTRIES + "}"
TODAY = date(2026, 11, 29)
GRAVE = Finding(name="CVE-2026-1", severity="HIGH", package="zlib 1.2")
MILD = Finding(name="CVE-2026-2", severity="MEDIUM", package="curl 8")


def accepted(until: date) -> dict[str, Accepted]:
    return {GRAVE.name: Accepted(finding=GRAVE.name, until=until, reason="not used")}


class Production:
    """An environment on AWS whose registry answers as a test says."""

    def __init__(self, wire: Any) -> None:
        self.aws = Aws(Environment(name=EnvironmentName.PROD, region="us-west-1"))
        self.ecr = wire(self.aws.ecr)
        self.status = "COMPLETE"
        self.description: str | None = None
        self.pushed_at = datetime.now(UTC)
        self.findings: list[dict[str, Any]] = []
        self.size = 90_000_000
        digest = digest_of(MANIFEST.encode())
        self.pinned = f"{URI}@{digest}"
        image = {"imageManifest": MANIFEST, "imageId": {"imageDigest": digest}}
        self.ecr.on("DescribeRepositories", {"repositories": [{"repositoryUri": URI}]})
        self.ecr.on("BatchGetImage", {"images": [image], "failures": []})
        self.media_type = "application/vnd.oci.image.manifest.v1+json"
        self.ecr.on("DescribeImages", lambda _: {"imageDetails": [self.details()]})
        self.ecr.on("DescribeImageScanFindings", lambda _: self.scan())

    def details(self) -> dict[str, Any]:
        pushed_at = self.pushed_at.timestamp()
        return {
            "imageSizeInBytes": self.size,
            "imageManifestMediaType": self.media_type,
            "imagePushedAt": pushed_at,
        }

    def scan(self) -> dict[str, Any]:
        if self.status == NOT_BEGUN:
            return {"__type": "ScanNotFoundException", "message": "Image scan does not exist"}
        described = {"description": self.description} if self.description else {}
        return {
            "imageScanStatus": {"status": self.status} | described,
            "imageScanFindings": {"findings": self.findings},
        }

    def check(self) -> None:
        gate.check(self.aws, self.pinned, print)


@pytest.fixture
def production(wire: Any, monkeypatch: pytest.MonkeyPatch) -> Production:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return Production(wire)


def test_an_image_without_grave_findings_passes(production: Production) -> None:
    production.findings = [{"name": "CVE-2026-2", "severity": "MEDIUM"}]
    production.check()


def test_a_grave_finding_refuses_the_deploy_and_names_the_package(production: Production) -> None:
    attributes = [{"key": "package_name", "value": "zlib"}, {"key": "package_version", "value": "1.2"}]
    production.findings = [{"name": "CVE-2026-1", "severity": "CRITICAL", "attributes": attributes}]
    with pytest.raises(DeployRefused, match=re.escape("CVE-2026-1 (critical, zlib 1.2)")) as refused:
        production.check()
    assert "infrastructure/accepted-findings.toml" in str(refused.value.next_step)


def test_of_an_index_the_image_is_checked(production: Production) -> None:
    production.media_type = "application/vnd.oci.image.index.v1+json"
    production.check()
    assert [each["imageId"] for each in production.ecr.sent("DescribeImageScanFindings")] == [
        {"imageDigest": "sha256:it"}
    ]


def test_an_image_that_is_too_large_is_refused(production: Production) -> None:
    production.size = 501_000_000
    with pytest.raises(DeployRefused, match="the image is 501 MB; the limit is 500 MB"):
        production.check()


@pytest.mark.parametrize("status", ["UNSUPPORTED_IMAGE", "FAILED"])
def test_an_image_that_was_not_scanned_passes_and_that_is_said(
    production: Production, capsys: pytest.CaptureFixture[str], status: str
) -> None:
    production.status = status
    production.check()
    assert f"has not scanned the image ({status})" in capsys.readouterr().out


def test_why_an_image_was_not_scanned_is_said(production: Production, capsys: pytest.CaptureFixture[str]) -> None:
    production.status, production.description = "UNSUPPORTED_IMAGE", "UnsupportedImageError: no known system"
    production.check()
    assert "(UNSUPPORTED_IMAGE: UnsupportedImageError: no known system)" in capsys.readouterr().out


def test_an_image_pushed_long_ago_that_nobody_scans_is_not_waited_for(
    production: Production, capsys: pytest.CaptureFixture[str]
) -> None:
    production.status = NOT_BEGUN
    production.pushed_at = datetime.now(UTC) - timedelta(hours=1)
    production.check()
    assert "has not scanned the image (no scan)" in capsys.readouterr().out
    assert len(production.ecr.sent("DescribeImageScanFindings")) == 1


@pytest.mark.usefixtures("no_waiting")
def test_a_scan_that_begins_after_the_push_is_waited_for(production: Production) -> None:
    production.status = NOT_BEGUN
    production.findings = [{"name": "CVE-2026-1", "severity": "HIGH"}]

    def begins(_: object) -> dict[str, Any]:
        answer, production.status = production.scan(), "COMPLETE"
        return answer

    production.ecr.on("DescribeImageScanFindings", begins)
    with pytest.raises(DeployRefused, match="CVE-2026-1"):
        production.check()


def test_a_role_that_may_not_read_the_findings_deploys_and_says_so(
    production: Production, capsys: pytest.CaptureFixture[str]
) -> None:
    production.ecr.on("DescribeImageScanFindings", {"__type": "AccessDeniedException", "message": "no"})
    production.check()
    assert "the scan's findings could not be read" in capsys.readouterr().out


def test_the_image_of_another_registry_is_not_checked(production: Production) -> None:
    gate.check(production.aws, "registry/other@sha256:" + "1" * 64, print)
    assert production.ecr.sent("DescribeImageScanFindings") == []


def test_a_finding_is_accepted_to_the_end_of_its_last_day() -> None:
    gate.check_findings([GRAVE, MILD], accepted(TODAY), TODAY)
    with pytest.raises(DeployRefused, match="accepted only until 2026-11-28"):
        gate.check_findings([GRAVE], accepted(TODAY - timedelta(days=1)), TODAY)


def test_findings_of_enhanced_scanning_are_read_too() -> None:
    packages = [{"name": "zlib", "version": "1.2"}]
    details = {"vulnerabilityId": "CVE-2026-1", "vulnerablePackages": packages}
    assert list(gate.findings_of([{"severity": "HIGH", "packageVulnerabilityDetails": details}])) == [GRAVE]


def test_the_list_is_readable_and_nothing_in_it_is_out_of_date() -> None:
    today = datetime.now(UTC).date()
    assert [each for each in gate.read_accepted(gate.EXCEPTIONS).values() if each.until < today] == []


@pytest.mark.parametrize(
    "text",
    [
        "accepted = 1",
        "nothing = []",
        '[[accepted]]\nfinding = "CVE-1"\nuntil = "soon"\nreason = "x"',
        '[[accepted]]\nfinding = "CVE-1"\nuntil = 2027-01-01\nreason = " "',
        '[[accepted]]\nfinding = "CVE-1"',
        "not toml",
    ],
)
def test_a_list_that_cannot_be_read_is_a_misuse(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accepted.toml"
    path.write_text(text)
    with pytest.raises(Misuse, match="should list accepted findings"):
        gate.read_accepted(path)
