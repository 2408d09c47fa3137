"""AWS/RDS: CPU, connections and storage of database instances, measured on their servers, and lag of replicas."""

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from localcloud.cloudwatch.metrics.services import UNITS_OF_A_CORE, CpuClock
from localcloud.cloudwatch.metrics.store import Datum, Metric
from localcloud.cloudwatch.metrics.values import Values
from localcloud.machine.process_trees import titles, usage
from localcloud.rds.server.database import RunningServer

CLIENT = re.compile(r"postgres: .*\S\(\d+\)( |$)")
"""The title of a process that serves a connection over the network: `postgres: USER DATABASE 127.0.0.1(41062) idle`."""

GIB = 1024**3

Servers = Mapping[str, Mapping[str, RunningServer]]
"""By region and identifier."""


class DatabaseMetrics:
    """Measures servers; CPU from the second measurement on."""

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores or os.cpu_count() or 1
        self._cpu = CpuClock()

    def data(self, servers: Servers, now_s: float) -> dict[str, list[Datum]]:
        """Return the data by region. now_s: monotonic. Blocks while it reads the machine's processes and files."""
        running = {f"{region}/{name}": each for region, found in servers.items() for name, each in found.items()}
        used = {server: usage(each.process_id) for server, each in running.items()}
        cpu = self._cpu.used({server: each.cpu_user_s + each.cpu_system_s for server, each in used.items()}, now_s)
        data: dict[str, list[Datum]] = {}
        for server, each in running.items():
            region, _, name = server.partition("/")
            connections = sum(CLIENT.match(title) is not None for title in titles(each.process_id))
            free = max(0, each.storage_gib * GIB - _size(each.data))
            found = data.setdefault(region, [])
            found.append(_datum(name, "DatabaseConnections", connections, "Count"))
            found.append(_datum(name, "FreeStorageSpace", free, "Bytes"))
            if server in cpu:
                percent = 100 * cpu[server] / (UNITS_OF_A_CORE * self._cores)
                found.append(_datum(name, "CPUUtilization", min(percent, 100.0), "Percent"))
        return data


def replica_lag(lags: Mapping[str, float]) -> list[Datum]:
    """Return the lag of replicas in seconds; -1 where replication has stopped. lags: by identifier."""
    return [_datum(identifier, "ReplicaLag", lag, "Seconds") for identifier, lag in lags.items()]


def _size(directory: Path) -> int:
    """Return the bytes of all files below a directory, which come and go meanwhile."""
    size = 0
    for place, _, files in os.walk(directory):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                size += os.lstat(f"{place}/{name}").st_size
    return size


def _datum(identifier: str, name: str, value: float, unit: str) -> Datum:
    return Datum(Metric.of("AWS/RDS", name, {"DBInstanceIdentifier": identifier}), Values.one(value), unit)
