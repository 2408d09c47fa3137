"""The files that configure Envoy, and their versions."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from localcloud.elb.envoy import clusters as envoy
from localcloud.elb.envoy.connections import MAX_LABEL
from localcloud.elb.model import Balancer, Configuration, Minimum, resource_name
from localcloud.elb.targets.states import Target
from localcloud.machine import stored_files
from localcloud.machine.clock import Clock
from localcloud.machine.files import write_atomically, write_json

JSON = dict[str, Any]


class Resources:
    """Writes one file per resource below `directory`; a file is written only when its content differs.

    `versions`: Envoy's name for the statistic that reports which version of a file it has applied -> the version
    written last. Versions grow.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self._clock = clock
        self._minimums: dict[str, Minimum] = {}
        self._labels: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self._written: dict[Path, tuple[str, list[JSON]]] = {}
        self._version = 0

    def clear(self) -> None:
        """Delete all files and write an empty configuration."""
        shutil.rmtree(stored_files.directory(self.directory))
        self.versions.clear()
        self._written.clear()
        self.configure(Configuration())

    def bootstrap(self, admin_socket: Path) -> Path:
        """Write the file that Envoy is started with, and return its path."""
        path = self.directory / "bootstrap.json"
        write_json(path, envoy.bootstrap(self.directory, admin_socket))
        return path

    def configure(self, configuration: Configuration) -> None:
        """Write listeners, rules and groups, in an order in which nothing refers to a missing resource."""
        groups = {group.arn: group for group in configuration.groups}
        self._minimums = {arn: group.minimum_healthy for arn, group in groups.items()}
        for group in configuration.groups:
            if self._endpoints_file(group.arn) not in self._written:
                self.endpoints(group.arn, {})
        clusters = [
            envoy.cluster(
                group,
                envoy.file_source(self._endpoints_file(group.arn)),
                self._clock.real_s(group.slow_start_s),
                self.label(group.arn),
            )
            for group in configuration.groups
        ]
        self._write(self.directory / "clusters" / "clusters.json", "cluster_manager.cds", clusters)
        for each in configuration.listeners:
            name = resource_name(each.arn)
            self._write(
                self._routes_file(each.arn), f"http.{name}.rds.{name}", [envoy.route_configuration(each, groups)]
            )
        listeners = [
            envoy.listener(each, envoy.file_source(self._routes_file(each.arn)), self.log_file(each.balancer))
            for each in configuration.listeners
        ]
        self._write(self.directory / "listeners" / "listeners.json", "listener_manager.lds", listeners)
        kept = {self._endpoints_file(group.arn) for group in configuration.groups}
        kept |= {self._routes_file(each.arn) for each in configuration.listeners}
        self._forget(kept)

    def label(self, group_arn: str) -> int:
        """Return the label of the connections to a group's targets; it stays the same while this object lives."""
        return self._labels.setdefault(group_arn, len(self._labels) % MAX_LABEL + 1)

    def endpoints(self, group_arn: str, targets: dict[tuple[str, int], Target]) -> None:
        name = resource_name(group_arn)
        minimum = self._minimums.get(group_arn, Minimum())
        self._write(self._endpoints_file(group_arn), f"cluster.{name}", [envoy.endpoints(name, targets, minimum)])

    def log_file(self, balancer: Balancer) -> Path | None:
        """Return the file to which Envoy logs requests of this load balancer; None when its attributes disable logs."""
        if balancer.log_bucket is None:
            return None
        return self.directory.parent / "access-logs" / f"{balancer.name.replace('/', '.')}.log"

    def endpoint_versions(self, group_arns: Iterable[str]) -> dict[str, int]:
        """Return the part of `versions` that concerns the targets of these groups."""
        names = {f"cluster.{resource_name(arn)}" for arn in group_arns}
        return {name: version for name, version in self.versions.items() if name in names}

    def _endpoints_file(self, group_arn: str) -> Path:
        return self.directory / "endpoints" / resource_name(group_arn).replace("/", ".") / "endpoints.json"

    def _routes_file(self, listener_arn: str) -> Path:
        return self.directory / "routes" / resource_name(listener_arn).replace("/", ".") / "routes.json"

    def _write(self, path: Path, statistic: str, resources: list[JSON]) -> None:
        if self._written.get(path) == (statistic, resources):
            return
        self._version += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, discovery_response(self._version, resources))
        self._written[path] = (statistic, resources)
        self.versions[statistic] = self._version

    def _forget(self, kept: set[Path]) -> None:
        for path in [path for path in self._written if path.parent.parent != self.directory and path not in kept]:
            statistic, _ = self._written.pop(path)
            del self.versions[statistic]
            shutil.rmtree(path.parent)


def discovery_response(version: int, resources: list[JSON]) -> bytes:
    """Return the content of a resource file."""
    return json.dumps({"version_info": str(version), "resources": resources}, separators=(",", ":")).encode()
