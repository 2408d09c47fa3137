"""An image goes from one local cloud's registry to another's: whole, verified, and only what is missing."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.aws.clients import Aws
from ops.environment import local_environment, read_endpoint
from ops.errors import BuildFailed
from ops.image import copy, repository
from ops.image.registry import blob_path
from ops.image.repository import Manifest, Repository
from ops.image.unpack import unpack
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.integration.ops.image.built import build_image

NAME = "spendsense-backend"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Daemon]]:
    made = [start(tmp_path_factory.mktemp(name) / "data") for name in ("here", "there")]
    yield made
    assert [each.stop() for each in made] == [0, 0]


@pytest.fixture(scope="module")
def clouds(daemons: list[Daemon]) -> tuple[Aws, Aws]:
    """Two accounts with the same id, each with an empty repository."""
    made = []
    for each in daemons:
        endpoint = read_endpoint(each.directory)
        assert endpoint is not None
        made.append(Aws(local_environment(endpoint)))
        made[-1].ecr.create_repository(repositoryName=NAME, imageTagMutability="IMMUTABLE")
    return made[0], made[1]


@pytest.fixture(scope="module")
def repositories(clouds: tuple[Aws, Aws]) -> tuple[Repository, Repository]:
    return repository.own(clouds[0]), repository.own(clouds[1])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The smallest source tree that can be built, unlike every other test's."""
    versions = tmp_path / "app" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "app" / "main.py").write_text(f"app = {str(tmp_path)!r}\n")
    (versions / "first.py").write_text('revision = "0001"\ndown_revision = None\n')
    (versions / "second.py").write_text('revision = "0002"\ndown_revision = "0001"\n')
    return tmp_path


def test_an_image_is_copied_once_with_its_tag_and_can_run_there(
    clouds: tuple[Aws, Aws], repositories: tuple[Repository, Repository], source: Path
) -> None:
    here, there = repositories
    built = build_image(clouds[0], source)
    planned = copy.plan(here, there, built.digest)
    # Configuration and two layers; the layer of no dependencies may have come with another test's image.
    assert {layer.digest for layer in planned.missing} >= {built.layers[1].digest}
    said: list[str] = []
    assert copy.carry_out(planned, [built.tag], said.append) == built.tag
    assert any("100 %" in line for line in said)
    again = copy.plan(here, there, built.digest)
    assert (again.missing, again.present) == ((), 3)
    assert copy.carry_out(again, [built.tag], said.append) == built.tag
    assert there.tags(built.digest) == [built.tag]
    assert there.labels(again.image)["org.spendsense.schema-revisions"] == "0001,0002"
    store = clouds[1].environment.local
    assert store is not None
    unpack(store.image_store, again.image.content.encode())
    application = store.image_store / "layers" / built.layers[1].digest.removeprefix("sha256:")
    assert (application / "app" / "main.py").read_text() == (source / "app" / "main.py").read_text()
    assert list((application / "app" / "__pycache__").glob("main.*.pyc"))


def test_an_interrupted_copy_continues_with_what_is_missing(
    clouds: tuple[Aws, Aws], repositories: tuple[Repository, Repository], source: Path
) -> None:
    here, there = repositories
    built = build_image(clouds[0], source)
    planned = copy.plan(here, there, built.digest)
    first = planned.missing[0]
    copy.copy_layer(here, there, first, "layer 1", lambda text: None)
    assert first.digest not in {layer.digest for layer in copy.plan(here, there, built.digest).missing}
    assert copy.carry_out(planned, [built.tag], lambda text: None) == built.tag


def test_a_tag_that_names_another_image_gives_way(
    clouds: tuple[Aws, Aws], repositories: tuple[Repository, Repository], source: Path
) -> None:
    here, there = repositories
    first = build_image(clouds[0], source)
    copy.carry_out(copy.plan(here, there, first.digest), ["taken"], lambda text: None)
    (source / "app" / "main.py").write_text("app = 2\n")
    second = build_image(clouds[0], source, tag="second")
    planned = copy.plan(here, there, second.digest)
    assert copy.carry_out(planned, ["taken", "taken-2"], lambda text: None) == "taken-2"
    with pytest.raises(BuildFailed, match="taken name other images, and tags never move"):
        copy.carry_out(planned, ["taken"], lambda text: None)


def test_a_damaged_layer_is_not_stored(
    clouds: tuple[Aws, Aws], repositories: tuple[Repository, Repository], source: Path
) -> None:
    here, there = repositories
    built = build_image(clouds[0], source)
    local = clouds[0].environment.local
    assert local is not None
    blob = blob_path(local.image_store, built.layers[1].digest)
    blob.chmod(0o644)
    blob.write_bytes(b"something else")
    with pytest.raises(BuildFailed, match="has another digest"):
        copy.carry_out(copy.plan(here, there, built.digest), [built.tag], lambda text: None)
    assert not there.has(built.digest)


def test_an_index_comes_after_the_images_that_it_names(
    clouds: tuple[Aws, Aws], repositories: tuple[Repository, Repository], source: Path
) -> None:
    here, there = repositories
    built = build_image(clouds[0], source)
    child = here.manifest(built.digest)
    entry = {"mediaType": child.media_type, "digest": child.digest, "size": len(child.content)}
    platform = {"architecture": "amd64", "os": "linux"}
    text = json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [entry | {"platform": platform}]})
    index = Manifest(content=text, media_type=INDEX_TYPE)
    here.put_image(index, "several")
    planned = copy.plan(here, there, f"sha256:{hashlib.sha256(text.encode()).hexdigest()}")
    assert [each.digest for each in planned.manifests] == [built.digest, index.digest]
    assert copy.carry_out(planned, ["several"], lambda text: None) == "several"
    assert there.labels(there.manifest(index.digest))["org.spendsense.schema-head"] == "0002"
