"""The parts of one local cloud and their connections, from the ground up: each step uses what earlier steps created."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localcloud.apigateway.gateways import Gateways
from localcloud.autoscaling.engine import Scaling
from localcloud.autoscaling.scheduled import ScheduledScaling
from localcloud.autoscaling.services import SERVICE, EcsServices
from localcloud.autoscaling.targets import ScalableTargets
from localcloud.cloudwatch.alarms.engine import Alarms
from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.collector import Metrics
from localcloud.cloudwatch.metrics.store import RegionalStores
from localcloud.ec2.tasks import NetworkOfTasks
from localcloud.ecr.blobs import INTERNAL_NAME
from localcloud.ecr.images import Images, connect_images
from localcloud.ecr.logins import Logins
from localcloud.ecs.api import EcsApi
from localcloud.ecs.checks.networks import ExistingNetworks
from localcloud.ecs.events import Events
from localcloud.ecs.model.store import Store
from localcloud.ecs.permissions import passed_roles, tags_of
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.ecs.scheduling.placement import Placement
from localcloud.ecs.scheduling.ports import TaskStarter
from localcloud.ecs.shifting.hooks import LocalFunctions
from localcloud.ecs.shifting.listener_rules import ListenerRules
from localcloud.elasticache.caches import Caches
from localcloud.elb.load_balancing import LoadBalancing
from localcloud.endpoint.model_check import checks
from localcloud.endpoint.server import Endpoint
from localcloud.enforcement.api import PermissionsApi
from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.enforcement.service_roles import ServiceRoles
from localcloud.faults.active import Faults
from localcloud.faults.api import FaultsApi
from localcloud.health import Health
from localcloud.host import Host, Part, account_in
from localcloud.identity.callers import Callers
from localcloud.identity.issuer import Issuer
from localcloud.identity.sealing import Seal, master_key
from localcloud.identity.sts import Sts
from localcloud.machine import stored_files
from localcloud.machine.addresses import Addresses
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.moto.server import MotoServer
from localcloud.moto_only import acm
from localcloud.moto_only.iam.linked_role_deletions import LinkedRoleDeletions
from localcloud.moto_only.ses.mail import Mail
from localcloud.protocol.internal import INTERNAL_PATH, InternalRoute
from localcloud.protocol.origin_check import OriginCheck
from localcloud.protocol.wire import Overlay
from localcloud.rds.databases import Databases
from localcloud.rds.requests.monitoring import MonitoringRole
from localcloud.tagging import moto_lists
from localcloud.tagging.api import TaggedResources
from localcloud.tagging.of_ecs import tagged
from localcloud.tasks.agent.server import Agent
from localcloud.tasks.fault_effects import LocalEffects
from localcloud.tasks.images.engines import Choice
from localcloud.tasks.memory.memory_groups import MemoryGroups
from localcloud.tasks.roles import TaskRoles
from localcloud.tasks.runner import TaskRunner
from localcloud.tasks.secrets import SecretReader


@dataclass(frozen=True, kw_only=True)
class Connected:
    """The connected parts. `parts`: by their names in the health report."""

    host: Host
    endpoint: Endpoint
    parts: Mapping[str, Part]


@dataclass(frozen=True, kw_only=True)
class Front:
    """The endpoint. Parts send requests to it, too, so it is created first, and its tables are filled at the end."""

    endpoint: Endpoint
    overlays: dict[str, Overlay]
    internal_routes: dict[str, InternalRoute]
    sts: Sts
    logins: Logins


@dataclass(frozen=True, kw_only=True)
class Servers:
    """The services that tasks and clients use, each with its servers or files."""

    measured: RegionalStores
    logs: Logs
    balancing: LoadBalancing
    databases: Databases
    caches: Caches
    gateways: Gateways


@dataclass(frozen=True, kw_only=True)
class Scalers:
    """Alarms, and what changes the size of services."""

    services: EcsServices
    scaling: Scaling
    scheduled: ScheduledScaling
    alarms: Alarms


@dataclass(frozen=True, kw_only=True)
class Runners:
    """The parts that start tasks."""

    images: Images
    agent: Agent
    memory_groups: MemoryGroups
    start_task: TaskStarter


@dataclass(frozen=True, kw_only=True)
class Ecs:
    """ECS: its API, its control plane, and the events that it sends."""

    api: EcsApi
    control: ControlPlane
    events: Events


def connect(
    data_directory: Path,
    *,
    endpoint_url: str,
    clock: Clock,
    ledger: Ledger,
    addresses: Addresses,
    run: str,
    origins: OriginCheck,
    has_faults: bool,
    iam_mode: Mode,
    engine: Choice,
    phases_s: Mapping[str, float],
) -> Connected:
    """Create all parts without starting them.

    `run` names this run of the local cloud. `phases_s`: how long each part took to start, filled in by the caller.
    """
    store = Store(data_directory / "ecs.json")
    host = Host(
        data_directory=data_directory,
        endpoint_url=endpoint_url,
        clock=clock,
        ledger=ledger,
        addresses=addresses,
        moto=MotoServer(data_directory / "moto", account_in(data_directory)),
        faults=Faults(clock, tasks=store.all_tasks),
        account_id=account_in(data_directory),
    )
    permissions = Enforcer(host, iam_mode)
    front = _front(host, origins, permissions)
    roles = ServiceRoles(host, front.sts, permissions, front.endpoint.answer)
    servers = _servers(host, roles)
    scalers = _scalers(host, roles, store, servers)
    images = connect_images(host, front.logins, permissions, run, engine, store.images_in_use)
    runners = _runners(host, front, origins, servers, run, permissions, images)
    _let_policies_use_stored(permissions, store, host.account_id)
    ecs = _ecs(host, roles, store, servers, scalers, runners)
    metrics = _metrics(host, servers, ecs, scalers)
    if has_faults:
        host.faults.allow(LocalEffects(ecs.control.running_tasks, servers.databases))
    parts = _parts(host, permissions, servers, scalers, runners, ecs, metrics)
    front.overlays.update(overlays(host, servers, scalers, runners, ecs) | {"sts": front.sts})
    front.internal_routes.update(
        {
            "health": Health(data_directory, parts, front.endpoint, phases_s).answer,
            "faults": FaultsApi(host.faults, clock).answer,
            "permissions": PermissionsApi(permissions).answer,
            INTERNAL_NAME: runners.images.registry.blobs.answer,
        }
    )
    return Connected(host=host, endpoint=front.endpoint, parts=parts)


def _let_policies_use_stored(permissions: Enforcer, store: Store, account_id: str) -> None:
    """Let IAM's decisions use what is stored: the roles that a task definition passes, and all tags."""
    permissions.evaluator.further |= dict.fromkeys(
        [("ecs", "RunTask"), ("ecs", "StartTask")], lambda call, place: passed_roles(store, call.parameters, place)
    )
    permissions.evaluator.tags["ecs"] = partial(tags_of, store)
    permissions.evaluator.tags_of_any = partial(moto_lists.tags_of, account_id=account_id)


def _front(host: Host, origins: OriginCheck, permissions: Enforcer) -> Front:
    overlays: dict[str, Overlay] = {}
    internal_routes: dict[str, InternalRoute] = {}
    directory = stored_files.directory(host.data_directory / "identity")
    seal = Seal(master_key(directory / "session.key"))
    issuer = Issuer(directory, f"{host.endpoint_url}{INTERNAL_PATH}oidc")
    callers = Callers(host.account_id, seal)
    endpoint = Endpoint(
        host.moto,
        overlays,
        internal_routes,
        host.faults.refusal,
        origins,
        caller_of=callers.caller_of,
        check_permission=permissions.check,
    )
    internal_routes["oidc"] = issuer.answer
    sts = Sts(host, seal, issuer, authorize=permissions.check_assumed)
    logins = Logins(seal, host.endpoint_url)
    return Front(endpoint=endpoint, overlays=overlays, internal_routes=internal_routes, sts=sts, logins=logins)


def _servers(host: Host, roles: ServiceRoles) -> Servers:
    measured = RegionalStores(host.clock.speed, host.region)
    logs = Logs(host, measured)
    balancing = LoadBalancing(host)
    gateways = Gateways(host, logs, balancing.listeners)
    balancing.followed_by = gateways.follow
    return Servers(
        measured=measured,
        logs=logs,
        balancing=balancing,
        databases=Databases(host, MonitoringRole(roles.check, host.account_id)),
        caches=Caches(host),
        gateways=gateways,
    )


def _scalers(host: Host, roles: ServiceRoles, store: Store, servers: Servers) -> Scalers:
    answer = partial(roles.linked_request, of=SERVICE, name="application-autoscaling")
    services = EcsServices(store, answer, region=host.region, account_id=host.account_id)
    scaling = Scaling(host, services)
    return Scalers(
        services=services,
        scaling=scaling,
        scheduled=ScheduledScaling(host, scaling),
        alarms=Alarms(host, servers.measured, scaling),
    )


def _runners(
    host: Host, front: Front, origins: OriginCheck, servers: Servers, run: str, permissions: Enforcer, images: Images
) -> Runners:
    front.endpoint.registry = images.distribution
    agent = Agent(origins)
    memory_groups = MemoryGroups(host.data_directory, run)
    start_task = partial(
        TaskRunner,
        host,
        images=images.store,
        secrets=SecretReader(host.moto, host.region, host.faults),
        balancing=servers.balancing,
        logs=servers.logs,
        agent=agent,
        memory_groups=memory_groups,
        roles=TaskRoles(front.sts, agent),
        permissions=permissions,
    )
    return Runners(images=images, agent=agent, memory_groups=memory_groups, start_task=start_task)


def _metrics(host: Host, servers: Servers, ecs: Ecs, scalers: Scalers) -> Metrics:
    return Metrics(
        host,
        servers.measured,
        control=ecs.control,
        balancing=servers.balancing,
        gateway_traffic=servers.gateways.take_traffic,
        databases=servers.databases,
        caches=servers.caches,
        certificate_ends=lambda: host.moto.run(lambda: acm.ends(host.account_id)),
        evaluate=scalers.alarms.evaluate,
    )


def _ecs(host: Host, roles: ServiceRoles, store: Store, servers: Servers, scalers: Scalers, runners: Runners) -> Ecs:
    control = ControlPlane(
        store,
        clock=host.clock,
        region=host.region,
        account_id=host.account_id,
        balancing=servers.balancing,
        traffic=ListenerRules(roles.request, servers.balancing.groups_of_rule, host.region, host.clock),
        hooks=LocalFunctions(host.data_directory / "lambda", host.clock, host.ledger),
        alarms=scalers.alarms,
        start_task=runners.start_task,
        placement=Placement(shortage=host.faults.placement_failure),
    )
    api = EcsApi(host, control, ExistingNetworks(host).check)
    events = Events(host, api.describe_task)
    control.announcer.listen(events)
    return Ecs(api=api, control=control, events=events)


def _parts(
    host: Host,
    permissions: Enforcer,
    servers: Servers,
    scalers: Scalers,
    runners: Runners,
    ecs: Ecs,
    metrics: Metrics,
) -> dict[str, Part]:
    """Return the parts by their names in the health report, which `environment.py` starts in stages."""
    return {
        "memory": runners.memory_groups,
        "moto": host.moto,
        "permissions": permissions,
        "logs": servers.logs,
        "rds": servers.databases,
        "elasticache": servers.caches,
        "elb": servers.balancing,
        "apigateway": servers.gateways,
        "alarms": scalers.alarms,
        "agent": runners.agent,
        "events": ecs.events,
        "ecs": ecs.control,
        "metrics": metrics,
        "autoscaling": scalers.scaling,
        "scheduled scaling": scalers.scheduled,
        "images": runners.images.unused,
        "containers": runners.images.engines,
        "faults": host.faults,
    }


def overlays(host: Host, servers: Servers, scalers: Scalers, runners: Runners, ecs: Ecs) -> dict[str, Overlay]:
    """Return the overlays by signing name."""
    return {
        **checks(),
        "ecs": ecs.api,
        "ecr": runners.images.registry,
        "elasticloadbalancing": servers.balancing,
        "rds": servers.databases,
        "elasticache": servers.caches,
        "logs": servers.logs,
        "ses": Mail(host),
        "apigateway": servers.gateways,
        "iam": LinkedRoleDeletions(host, lambda: [each.arn for each in ecs.control.store.clusters.values()]),
        "ec2": NetworkOfTasks(host, ecs.control.store.all_tasks),
        "tagging": TaggedResources(host, lambda: tagged(ecs.control.store)),
        "application-autoscaling": ScalableTargets(host, scalers.services, scalers.scaling, scalers.scheduled),
    }
