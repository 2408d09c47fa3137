"""The answers of other implementations of ECR about an image."""

from pathlib import Path

from ops.aws.clients import Aws
from ops.image import gate
from ops.image.repository import NOT_BEGUN, Scan, own
from tests.integration.ops.image.built import build_image


def test_what_another_implementation_of_ecr_answers_is_understood(registry: Aws, source: Path) -> None:
    built = build_image(registry, source)
    there = own(registry)
    assert there.scan(built.digest) == Scan(status=NOT_BEGUN)
    registry.ecr.start_image_scan(repositoryName=there.name, imageId={"imageDigest": built.digest})
    scan = gate.scanned(there, built.digest, None)
    (found,) = gate.findings_of(scan.findings)
    assert (scan.status, found.name, found.severity) == ("COMPLETE", "CVE-9999-9999", "HIGH")
