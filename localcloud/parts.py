"""The parts of one local cloud and their connections: each part receives those that are created before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localcloud.apigateway.gateways import Gateways
from localcloud.autoscaling.engine import Scaling
from localcloud.autoscaling.scheduled import ScheduledScaling
from localcloud.autoscaling.services import EcsServices
from localcloud.autoscaling.targets import ScalableTargets
from localcloud.cloudwatch.alarms.engine import Alarms
from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.collector import Metrics
from localcloud.cloudwatch.metrics.store import RegionalStores
from localcloud.ecr.blobs import INTERNAL_NAME
from localcloud.ecr.registry import Registry
from localcloud.ecs.api import EcsApi
from localcloud.ecs.events import Events
from localcloud.ecs.model.store import Store
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.ecs.shifting.hooks import LocalFunctions
from localcloud.ecs.shifting.traffic import ListenerRules
from localcloud.elasticache.caches import Caches
from localcloud.elb.load_balancing import LoadBalancing
from localcloud.endpoint.model_check import checks
from localcloud.endpoint.server import Endpoint
from localcloud.faults.active import Faults
from localcloud.faults.api import FaultsApi
from localcloud.health import Health
from localcloud.host import Host, Part
from localcloud.machine import stored
from localcloud.machine.addresses import Addresses
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.moto.server import MotoServer
from localcloud.moto_only.mail import Mail
from localcloud.protocol.door import Door
from localcloud.protocol.internal import InternalRoute
from localcloud.protocol.wire import Overlay
from localcloud.rds.databases import Databases
from localcloud.tasks.agent import Agent
from localcloud.tasks.fault_effects import LocalEffects
from localcloud.tasks.images import ImageStore
from localcloud.tasks.memory_groups import MemoryGroups
from localcloud.tasks.runner import TaskRunner
from localcloud.tasks.secrets import SecretReader


@dataclass(frozen=True, kw_only=True)
class Connected:
    """The connected parts. `parts`: by their names in the health document."""

    host: Host
    endpoint: Endpoint
    parts: Mapping[str, Part]


def connect(
    data_directory: Path,
    *,
    endpoint_url: str,
    clock: Clock,
    ledger: Ledger,
    addresses: Addresses,
    run: str,
    door: Door,
    has_faults: bool,
    phases_s: Mapping[str, float],
) -> Connected:
    """Create all parts without starting them.

    `run` names this run of the local cloud. `phases_s`: how long each part took to start, filled in by the caller.
    """
    moto = MotoServer(data_directory / "moto")
    store = Store(data_directory / "ecs.json")
    faults = Faults(clock, tasks=lambda: store.tasks.values())
    host = Host(
        data_directory=data_directory,
        endpoint_url=endpoint_url,
        clock=clock,
        ledger=ledger,
        addresses=addresses,
        moto=moto,
        faults=faults,
    )

    # Parts also send requests to the endpoint, so it is created first and gets the overlays at the end.
    overlays: dict[str, Overlay] = {}
    own_paths: dict[str, InternalRoute] = {}
    endpoint = Endpoint(moto, overlays, own_paths, faults.refusal, door)

    measured = RegionalStores(clock.speed, host.region)
    logs, balancing, databases, caches = Logs(host, measured), LoadBalancing(host), Databases(host), Caches(host)
    gateways = Gateways(host, logs, balancing.listeners)
    balancing.followed_by = gateways.follow

    services = EcsServices(store, endpoint.answer, region=host.region, account_id=host.account_id)
    scaling = Scaling(host, services)
    scheduled = ScheduledScaling(host, scaling)
    alarms = Alarms(host, measured, scaling)

    registry = Registry(host)
    images = ImageStore(data_directory / "images", registry, faults)
    stored.directory(images.directory)
    agent = Agent(door)
    memory_groups = MemoryGroups(data_directory, run)
    start_task = partial(
        TaskRunner,
        host,
        images=images,
        secrets=SecretReader(moto, host.region, faults),
        balancing=balancing,
        logs=logs,
        agent=agent,
        memory_groups=memory_groups,
    )
    control = ControlPlane(
        store,
        clock=clock,
        region=host.region,
        account_id=host.account_id,
        balancing=balancing,
        traffic=ListenerRules(endpoint.answer, balancing.groups_of_rule, host.region, clock),
        hooks=LocalFunctions(data_directory / "lambda", clock, ledger),
        alarms=alarms,
        start_task=start_task,
    )
    ecs = EcsApi(host, control)
    events = Events(host, ecs.describe_task)
    control.announcer.listen(events)
    metrics = Metrics(
        host,
        measured,
        control=control,
        balancing=balancing,
        replica_lags=databases.replica_lags,
        evaluate=alarms.evaluate,
    )
    if has_faults:
        faults.allow(LocalEffects(control.running_tasks, databases))

    parts: dict[str, Part] = {
        "memory": memory_groups,
        "moto": moto,
        "logs": logs,
        "rds": databases,
        "elasticache": caches,
        "elb": balancing,
        "apigateway": gateways,
        "alarms": alarms,
        "agent": agent,
        "events": events,
        "ecs": control,
        "metrics": metrics,
        "autoscaling": scaling,
        "scheduled scaling": scheduled,
        "faults": faults,
    }
    overlays |= {
        **checks(),
        "ecs": ecs,
        "ecr": registry,
        "elasticloadbalancing": balancing,
        "rds": databases,
        "elasticache": caches,
        "logs": logs,
        "ses": Mail(host),
        "apigateway": gateways,
        "application-autoscaling": ScalableTargets(host, services, scaling, scheduled),
    }
    own_paths |= {
        "health": Health(data_directory, parts, endpoint, phases_s).answer,
        "faults": FaultsApi(faults, clock).answer,
        INTERNAL_NAME: registry.blobs.answer,
    }
    return Connected(host=host, endpoint=endpoint, parts=parts)
