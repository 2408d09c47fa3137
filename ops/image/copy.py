"""Copies an image from one repository to another: skips existing layers, and verifies every digest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ops.errors import BuildFailed
from ops.image.registry import Layer
from ops.image.repository import Manifest, Repository
from ops.log_text import count_of

MIB = 2**20
STEP_PERCENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The parts of a copy. manifests: those that an index names come before it, the image's own is the last."""

    source: Repository
    target: Repository
    manifests: tuple[Manifest, ...]
    missing: tuple[Layer, ...]  # layers and configurations
    present: int  # those that the target has

    @property
    def image(self) -> Manifest:
        return self.manifests[-1]

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.missing)

    @property
    def text(self) -> str:
        """Describe what has to be copied."""
        if not self.missing:
            return f"no layer is missing in {self.target.name} ({count_of(self.present, 'layer')})"
        missing = count_of(len(self.missing), "layer")
        return f"{missing} to copy to {self.target.name}: {self.size / MIB:.1f} MiB"


def plan(source: Repository, target: Repository, digest: str) -> Plan:
    """Decide what has to be copied. Reads only. ECR BatchGetImage, BatchCheckLayerAvailability. Errors: NotFound."""
    manifests = with_children(source, source.manifest(digest))
    layers = {layer.digest: layer for manifest in manifests for layer in layers_of(manifest)}
    absent = target.absent(layers)
    return Plan(
        source=source,
        target=target,
        manifests=tuple(manifests),
        missing=tuple(layer for layer in layers.values() if layer.digest in absent),
        present=len(layers) - len(absent),
    )


def with_children(source: Repository, manifest: Manifest) -> list[Manifest]:
    """Return the manifests that a manifest names, then itself."""
    if not manifest.is_index:
        return [manifest]
    children = [source.manifest(each["digest"]) for each in manifest.fields["manifests"]]
    return [*(each for child in children for each in with_children(source, child)), manifest]


def layers_of(manifest: Manifest) -> list[Layer]:
    """Return the configuration and the layers that a manifest names; none for an index."""
    fields = manifest.fields
    named = [] if manifest.is_index else [fields["config"], *fields["layers"]]
    return [Layer(digest=each["digest"], size=each["size"]) for each in named]


def carry_out(planned: Plan, tags: list[str], tick: Callable[[str], None]) -> str | None:
    """Copy what is missing, then the manifests; return the tag that names the image, None when it has none.

    tags: the first of them that is free or names the image already. tick: called with the progress in words. Errors:
    BuildFailed when every tag names another image, or when a layer is damaged.
    """
    source, target = planned.source, planned.target
    for number, layer in enumerate(planned.missing, 1):
        what = f"layer {number} of {len(planned.missing)}"
        target.aws.retries.persist(lambda layer=layer, what=what: copy_layer(source, target, layer, what, tick))  # type: ignore[misc]
    for child in planned.manifests[:-1]:
        target.aws.retries.persist(lambda child=child: put(target, child, None))  # type: ignore[misc]
    return target.aws.retries.persist(lambda: put_tagged(target, planned.image, tags))


def copy_layer(source: Repository, target: Repository, layer: Layer, what: str, tick: Callable[[str], None]) -> None:
    """Copy one layer, unless an earlier attempt has done so."""
    if target.absent([layer.digest]):
        target.upload(layer.digest, counted(source.read(layer.digest), layer, what, tick))


def counted(content: Iterator[bytes], layer: Layer, what: str, tick: Callable[[str], None]) -> Iterator[bytes]:
    """Yield the pieces unchanged, and report the progress."""
    passed = 0
    for piece in content:
        passed += len(piece)
        percent = 100 * passed // max(layer.size, 1) // STEP_PERCENT * STEP_PERCENT
        tick(f"  {what} ({layer.digest[:19]}, {layer.size / MIB:.1f} MiB): {percent} %")
        yield piece


def put(target: Repository, manifest: Manifest, tag: str | None) -> None:
    if not target.has(manifest.digest):
        target.put_image(manifest, tag)


def put_tagged(target: Repository, manifest: Manifest, tags: list[str]) -> str | None:
    """Register the image under the first tag that no other image has."""
    present = target.tags(manifest.digest) if target.has(manifest.digest) else []
    if not tags:
        put(target, manifest, None)
        return present[0] if present else None
    for tag in tags:
        if tag in present:
            return tag
        try:
            target.put_image(manifest, tag)
        except target.ecr.exceptions.ImageTagAlreadyExistsException:
            continue
        return tag
    raise BuildFailed(
        f"{target.uri}: {' and '.join(tags)} name other images, and tags never move",
        next_step="deploy by digest: `--image REPOSITORY@sha256:...`",
    )
