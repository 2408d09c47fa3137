"""Reading manifests."""

import json

import pytest

from localcloud.ecr.manifests import blobs_of, for_this_machine, images_of, parsed
from localcloud.ecr.refusals import RegistryError
from localcloud.tasks.images.pushed_images import architecture


def test_the_blobs_of_a_manifest_are_those_that_the_registry_must_have() -> None:
    foreign = {"digest": "sha256:f", "urls": ["https://elsewhere"]}
    manifest = {"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:l"}, foreign]}
    assert blobs_of(manifest) == ["sha256:c", "sha256:l"]
    assert (blobs_of({"manifests": []}), images_of(manifest)) == ([], [])
    assert images_of({"manifests": [{"digest": "sha256:i"}]}) == ["sha256:i"]


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"schemaVersion": 1}'])
def test_what_is_not_a_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(RegistryError) as caught:
        parsed(content)
    assert (caught.value.code, caught.value.status) == ("MANIFEST_INVALID", 400)
    assert parsed(json.dumps({"schemaVersion": 2}).encode()) == {"schemaVersion": 2}


def test_of_an_index_this_machines_image_is_taken_and_no_attestation() -> None:
    ours = {"digest": "sha256:o", "platform": {"os": "linux", "architecture": architecture()}}
    attestation = {"digest": "sha256:a", "platform": {"os": "unknown", "architecture": "unknown"}}
    other = {"digest": "sha256:x", "platform": {"os": "linux", "architecture": "s390x"}}
    assert for_this_machine({"manifests": [attestation, other, ours]}) == "sha256:o"
    assert for_this_machine({"manifests": [attestation, other, {"digest": "sha256:n"}]}) is None
