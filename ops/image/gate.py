"""The gate before a deploy on AWS: an image's size, and the findings of ECR's scan except accepted ones."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ops.aws.clients import Aws, Wire, error_code
from ops.configuration import PROJECT_ROOT
from ops.errors import DeployRefused, Misuse
from ops.failure_class import FailureClass
from ops.image import repository
from ops.image.repository import NOT_BEGUN, Repository, Scan
from ops.waiter import Deadline, wait_for

EXCEPTIONS = PROJECT_ROOT / "infrastructure" / "accepted-findings.toml"
REFUSED = ("CRITICAL", "HIGH")
MOST_MB = 500  # of compressed layers, as ECR counts them
SCANNED_WITHIN_S = 120.0
BEGUN_WITHIN = timedelta(seconds=SCANNED_WITHIN_S)  # of the push: a scan on push that has not begun by then never will
UNFINISHED = ("PENDING", "IN_PROGRESS")
COMPLETE = ("COMPLETE", "ACTIVE")
DENIED = {"AccessDenied", "AccessDeniedException"}
SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    name: str  # CVE-2026-1234
    severity: str
    package: str  # with its version

    def __str__(self) -> str:
        return f"{self.name} ({self.severity.lower()}, {self.package})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A finding that deploys ignore, the last day on which they do, and why."""

    finding: str
    until: date
    reason: str


def check(aws: Aws, pinned: str, say: Callable[[str], None]) -> None:
    """Check an image of the environment's own repository; say what could not be checked. Waits for a scan.

    ECR DescribeImages, DescribeImageScanFindings. Errors: DeployRefused for an image that is too large or has findings
    that are not accepted; Misuse for a list of accepted findings that cannot be read.
    """
    if aws.environment.local is not None:  # nothing is scanned on this machine, and its layers are not compressed
        return
    uri, _, digest = pinned.partition("@")
    there = repository.own(aws)
    if uri != there.uri:
        return
    described = there.described(digest)
    if described.get("imageManifestMediaType") in repository.INDEX_TYPES:
        digest = image_in(there, digest)
        described = there.described(digest)
    check_size(described)
    accepted = read_accepted(EXCEPTIONS)
    try:
        scan = scanned(there, digest, described.get("imagePushedAt"))
    except there.ecr.exceptions.ClientError as exc:
        if error_code(exc) not in DENIED:
            raise
        say(f"the scan's findings could not be read: {exc}")
        return
    if scan.status not in COMPLETE:
        why = f"{scan.status}: {scan.description}" if scan.description else scan.status
        say(f"ECR has not scanned the image ({why}): its vulnerabilities are unknown")
    check_findings(findings_of(scan.findings), accepted, datetime.now(UTC).date())


def image_in(there: Repository, digest: str) -> str:
    """Return the digest of the image to scan and measure: of an index, its first image for a platform."""
    manifest = there.manifest(digest)
    images = [each["digest"] for each in manifest.fields.get("manifests", []) if repository.is_image(each)]
    return images[0] if images else digest


def check_size(described: Wire) -> None:
    """Errors: DeployRefused for an image that is too large."""
    size = (described.get("imageSizeInBytes") or 0) / 1e6
    if size > MOST_MB:
        raise DeployRefused(
            f"the image is {size:.0f} MB; the limit is {MOST_MB} MB, because every new task waits for its download",
            next_step="look at its layers: `docker history IMAGE`; scripts/trim-dependencies removes files",
            failure_class=FailureClass.IMAGE,
        )


def scanned(there: Repository, digest: str, pushed_at: datetime | None) -> Scan:
    """Return an image's scan once it has ended. One begins shortly after the push, or never by itself."""

    def ended() -> Scan | None:
        scan = there.scan(digest)
        if scan.status == NOT_BEGUN and (pushed_at is None or datetime.now(UTC) - pushed_at > BEGUN_WITHIN):
            return scan
        return None if scan.status in (*UNFINISHED, NOT_BEGUN) else scan

    result = wait_for(ended, Deadline(SCANNED_WITHIN_S), interval_s=there.aws.environment.poll_interval_s)
    return result if result is not None else Scan(status="not finished")


def findings_of(found: Iterable[Wire]) -> Iterator[Finding]:
    """Read ECR's findings, of both basic and enhanced scanning."""
    for each in found:
        details = each.get("packageVulnerabilityDetails")
        if details is not None:
            packages = details.get("vulnerablePackages", [])
            shown = ", ".join(f"{package['name']} {package.get('version', '')}".strip() for package in packages)
            yield Finding(name=details["vulnerabilityId"], severity=each["severity"], package=shown)
            continue
        attributes = {pair["key"]: pair.get("value", "") for pair in each.get("attributes", [])}
        shown = f"{attributes.get('package_name', '?')} {attributes.get('package_version', '')}".strip()
        yield Finding(name=each["name"], severity=each["severity"], package=shown)


def check_findings(found: Iterable[Finding], accepted: Mapping[str, Accepted], today: date) -> None:
    """Pure. Errors: DeployRefused for critical or high findings that are not accepted, or no longer."""
    severe = [each for each in found if each.severity in REFUSED]
    expired = [each for each in severe if each.name in accepted and accepted[each.name].until < today]
    unknown = [each for each in severe if each.name not in accepted]
    if not expired and not unknown:
        return
    lines = [f"  {each}" for each in unknown]
    lines += [f"  {each}: accepted only until {accepted[each.name].until}" for each in expired]
    more = [f"  and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    raise DeployRefused(
        "\n".join(
            [f"ECR's scan found {len(lines)} critical or high vulnerabilities in the image:", *lines[:SHOWN], *more]
        ),
        next_step="update the packages (`make requirements`, the base image) and build again; to accept one for a "
        f"while, add it to {EXCEPTIONS.relative_to(PROJECT_ROOT)} with the last day and the reason",
        failure_class=FailureClass.IMAGE,
    )


def read_accepted(path: Path) -> dict[str, Accepted]:
    """Read the list of accepted findings. Errors: Misuse."""
    try:
        listed = tomllib.loads(path.read_text())["accepted"]
        found = [Accepted(**each) for each in listed]
        if not all(type(each.until) is date and each.reason.strip() and each.finding for each in found):
            raise ValueError("`until` should be a date such as 2027-01-31, and `reason` a text")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise Misuse(
            f"{path}: should list accepted findings, but cannot be read: {exc}",
            next_step='write [[accepted]] with finding = "CVE-...", until = YYYY-MM-DD and reason = "..."',
        ) from exc
    return {each.finding: each for each in found}
