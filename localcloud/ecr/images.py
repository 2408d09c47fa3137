"""All that has images: ECR's registry, the image store, the container engine, and what removes what is unused."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from localcloud.ecr.distribution import Distribution
from localcloud.ecr.logins import Logins
from localcloud.ecr.registry import Registry
from localcloud.ecr.unused import Unused
from localcloud.ecr.uploads import Uploads
from localcloud.enforcement.enforcer import Enforcer
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.tasks.images.engines import Choice, Engines
from localcloud.tasks.images.image_store import ImageStore


@dataclass(frozen=True, kw_only=True)
class Images:
    """The connected parts: `registry` by ECR's API, `distribution` by that of registries."""

    registry: Registry
    distribution: Distribution
    store: ImageStore
    engines: Engines
    unused: Unused


def connect_images(
    host: Host, logins: Logins, permissions: Enforcer, run: str, engine: Choice, running: Callable[[], Iterable[str]]
) -> Images:
    """Create all of them without starting them. `running`: the digests of the images that tasks run."""
    engines = Engines(host.data_directory, run, engine, host.ledger)
    directory = stored_files.directory(host.data_directory / "images")
    registry = Registry(host, logins)
    uploads = Uploads(directory / "uploads", registry.blobs)
    return Images(
        registry=registry,
        distribution=Distribution(registry, uploads, logins, permissions.check_as),
        store=ImageStore(directory, registry, host.faults, engines),
        engines=engines,
        unused=Unused(registry, uploads, directory, running, engines.keep_only),
    )
