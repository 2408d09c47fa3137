"""The life cycle of one task, from PROVISIONING to STOPPED (aws-facts 1.5)."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.ecs.model.states import PENDING_STATUSES, DesiredStatus, StopCode, TaskStatus
from localcloud.ecs.model.tasks import Session, Task
from localcloud.elb.load_balancing import LoadBalancing
from localcloud.enforcement.enforcer import Enforcer
from localcloud.errors import AwsError, LocalCloudError
from localcloud.host import Host
from localcloud.protocol.caller import NOBODY
from localcloud.tasks.agent.exec_agent import NOT_CONNECTED, ExecAgent
from localcloud.tasks.agent.server import Agent
from localcloud.tasks.containers.container import ContainerProcess
from localcloud.tasks.containers.supervisor import CannotStartContainer, CannotStartTask, Member, Supervisor, first_of
from localcloud.tasks.execution_role import ExecutionRole
from localcloud.tasks.images.image_store import CannotPullContainer, Image, ImageStore
from localcloud.tasks.log_sink import LogSink
from localcloud.tasks.memory.memory_groups import MemoryGroups
from localcloud.tasks.roles import TaskRoles
from localcloud.tasks.secrets import SecretReader, SecretUnavailable
from localcloud.tasks.subnets import zone_of

log = logging.getLogger(__name__)

METADATA_URI = "ECS_CONTAINER_METADATA_URI_V4"
NO_LOG = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
    "failed to create Cloudwatch log stream: "
)


class TaskRunner:
    """Starts, watches and ends a task's processes, and records their state in `task`.

    `on_change` is called after each change of `task`, `on_event` with the text of a service event, and `on_end` when
    the task is STOPPED.
    """

    def __init__(
        self,
        host: Host,
        task: Task,
        definition: Mapping[str, Any],
        *,
        images: ImageStore,
        secrets: SecretReader,
        balancing: LoadBalancing,
        logs: LogSink,
        agent: Agent,
        memory_groups: MemoryGroups,
        roles: TaskRoles,
        permissions: Enforcer,
        on_change: Callable[[], None],
        on_event: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self.task = task
        self._host = host
        self._definition = definition
        self._images = images
        self._secrets = secrets
        self._balancing = balancing
        self._logs = logs
        self._memory_groups = memory_groups
        self._roles = roles
        self._role_environment: dict[str, str] = {}
        self._execution = NOBODY  # the session of the execution role, once it exists
        self._role = ExecutionRole(permissions)
        self._exec_agent = ExecAgent(permissions)
        self._memory_mib = int(definition["memory"]) if "memory" in definition else None
        self._on_change = on_change
        self._on_event = on_event
        self._stop_requested, self._skip_waiting = asyncio.Event(), asyncio.Event()
        self._drain = True
        self._registered: list[tuple[str, int]] = []
        self.containers = [
            ContainerProcess(
                container,
                host.clock,
                host.ledger,
                task_id=task.id,
                task_memory_mib=self._memory_mib,
                fails_checks=lambda: host.faults.fails_container_check(task),
            )
            for container in definition["containerDefinitions"]
        ]
        self._supervisor = Supervisor(
            [Member(process, record) for process, record in zip(self.containers, task.containers, strict=True)],
            clock=host.clock,
            memory_mib=self._memory_mib,
            start_one=self._start_container,
            on_change=self._changed,
        )
        self._images_by_name: dict[str, Image] = {}
        self._agent = agent
        self._metadata_uri = agent.admit(task, definition, self.containers)
        self._life = asyncio.create_task(self._run(), name=f"task {task.id}")
        self._life.add_done_callback(lambda _: on_end())

    def ask_to_stop(self, code: StopCode, reason: str, *, drain: bool) -> None:
        """Request the end of the task; the first reason is kept. `drain`: let the load balancer finish first."""
        if self.task.desired_status is DesiredStatus.STOPPED:
            return
        self._record_stop(code, reason)
        self._drain = drain
        self._stop_requested.set()
        self._on_change()

    def skip_waiting(self) -> None:
        """Stop waiting for the deregistration delay: the local cloud stops, and the load balancer with it."""
        self._skip_waiting.set()

    async def ended(self) -> None:
        """Wait until the task is STOPPED."""
        await asyncio.wait({self._life})

    async def _run(self) -> None:
        try:
            await self._start()
            await self._until_something_ends()
        except CannotStartTask as exc:
            self._record_stop(StopCode.TASK_FAILED_TO_START, str(exc))
        except Exception as exc:  # a defect of ours must not leave a task that never ends
            log.exception("Task could not be run", extra={"action": "task_failed", "task": self.task.arn})
            self._record_stop(StopCode.TASK_FAILED_TO_START, f"Task failed to start: {type(exc).__name__}: {exc}")
        try:
            await self._take_down()
        except Exception:  # likewise: remaining processes are in the ledger, and are ended when the local cloud stops
            log.exception("The end of a task did not complete", extra={"action": "task_failed", "task": self.task.arn})
            self.task.stopped_at = self._host.clock.wall()
            self._move(TaskStatus.STOPPED)
        await asyncio.to_thread(self._memory_groups.remove, self.task.id)
        volumes = [volume["name"] for volume in self._definition.get("volumes", [])]
        await self._images.release(self.task.id, volumes, self._images_by_name.values())

    def observe_health(self) -> bool:
        """Copy the containers' health into the task; return whether it changed."""
        changed = False
        for container, process in zip(self.task.containers, self.containers, strict=True):
            if container.health is not process.health:
                container.health = process.health
                self.task.version += 1
                changed = True
        return changed

    def execute(self, container: str, command: str) -> Session:
        """Create a session that runs `command` in a container once its client connects. Errors: AwsError."""
        if not self._exec_agent.is_connected:
            raise AwsError("TargetNotConnectedException", NOT_CONNECTED)
        process = next(process for process in self.containers if process.name == container)
        return self._agent.open_session(process, command)

    def process_ids(self) -> list[int]:
        """Return the first process of each running container."""
        return [pid for process in self.containers if (pid := process.pid) is not None]

    # --- start ---

    async def _start(self) -> None:
        task = self.task
        await first_of(self._host.faults.hold_start(task), self._stop_requested.wait())
        if self._stop_requested.is_set():
            return
        zone = await self._host.moto.run(lambda: zone_of(self._host.account_id, self._host.region, task.subnet))
        task.availability_zone = zone or task.availability_zone
        ports = [
            p["containerPort"] for c in self._definition["containerDefinitions"] for p in c.get("portMappings", [])
        ]
        try:
            task.address = self._host.addresses.take(ports)
        except LocalCloudError as exc:
            raise CannotStartTask(f"ResourceInitializationError: {exc}") from exc
        self._execution = await self._roles.execution(task, self._definition)
        self._role_environment = await self._roles.environment(task, self._definition)
        if task.exec_enabled:
            await self._exec_agent.connect(await self._roles.exec_agent(task, self._definition))
        self._move(TaskStatus.PENDING)
        images = await self._pull()
        self._images_by_name = {container.name: i for container, i in zip(task.containers, images, strict=True)}
        if self._stop_requested.is_set():
            return
        limits_mib = {process.name: process.definition.get("memory") for process in self.containers}
        groups = await asyncio.to_thread(self._memory_groups.make, task.id, self._memory_mib, limits_mib)
        for process in self.containers:
            process.memory_group = groups.get(process.name)
        await first_of(self._supervisor.start(), self._stop_requested.wait())
        if self._stop_requested.is_set() or not self._supervisor.all_have_started():
            return
        # A container that has already ended did run: even a very short task is RUNNING for a moment.
        self._move(TaskStatus.ACTIVATING)
        await self._register()
        if self._stop_requested.is_set():
            return
        task.started_at = self._host.clock.wall()
        task.running_since = self._host.clock.now()
        task.ever_running = True
        self._move(TaskStatus.RUNNING)

    async def _pull(self) -> list[Image]:
        task = self.task
        task.pull_started_at = self._host.clock.wall()
        try:
            await self._role.check_pull(self._execution, [container.image for container in task.containers])
            images = [await self._images.pull(container.image, container.image_digest) for container in task.containers]
        except CannotPullContainer as exc:
            raise CannotStartTask(str(exc)) from exc
        for container, image in zip(task.containers, images, strict=True):
            container.image_digest = image.digest
        task.pull_stopped_at = self._host.clock.wall()
        return images

    async def _start_container(self, member: Member) -> None:
        """Start one container. Errors: CannotStartTask, CannotStartContainer."""
        process, image = member.process, self._images_by_name[member.name]
        all_overrides: list[dict[str, Any]] = self.task.overrides.get("containerOverrides", [])
        overrides: dict[str, Any] = next((o for o in all_overrides if o.get("name") == process.name), {})
        requested = process.definition.get("secrets", [])
        try:
            secrets = {
                secret["name"]: await self._secrets.read(secret["valueFrom"], self._execution, self._role.check_secret)
                for secret in requested
            }
        except SecretUnavailable as exc:
            raise CannotStartTask(str(exc)) from exc
        on_line = await self._log_writer(process)
        environment = self._platform_environment() | {METADATA_URI: self._metadata_uri[member.name]} | secrets
        try:
            await process.start(image, self.task.address, environment, overrides, on_line)
        except (OSError, ValueError) as exc:  # ValueError: a null byte, which a secret may contain
            raise CannotStartContainer(f"CannotStartContainerError: {exc}") from exc

    def _platform_environment(self) -> dict[str, str]:
        """Return the variables that Fargate sets, and the endpoint."""
        return {
            "AWS_REGION": self._host.region,
            "AWS_DEFAULT_REGION": self._host.region,
            "AWS_ENDPOINT_URL": self._host.endpoint_url,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            **self._role_environment,
        }

    async def _log_writer(self, process: ContainerProcess) -> Callable[[str], None]:
        """Return the function that writes a container's log lines. Errors: CannotStartTask."""
        configuration = process.definition.get("logConfiguration") or {}
        if configuration.get("logDriver") != "awslogs":
            return lambda line: None
        options = configuration.get("options", {})
        group = options["awslogs-group"]
        prefix = options.get("awslogs-stream-prefix")
        stream = f"{prefix}/{process.name}/{self.task.id}" if prefix else self.task.id
        creates_group = options.get("awslogs-create-group") == "true"
        try:
            await self._role.check_logs(self._execution, group, stream, creates_group=creates_group)
        except AwsError as exc:
            raise CannotStartTask(f"{NO_LOG}{exc.code}: {exc.message}") from exc
        if creates_group and not self._logs.group_exists(group):
            await self._logs.create_group(group, self._execution)
        if not self._logs.group_exists(group):
            raise CannotStartTask(f"{NO_LOG}ResourceNotFoundException: The specified log group does not exist: {group}")
        return lambda line: self._logs.put(group, stream, line)

    async def _register(self) -> None:
        for balancer in self.task.launch.get("loadBalancers", []):
            group, port = balancer.get("targetGroupArn"), balancer.get("containerPort")
            if not group:
                continue
            try:
                await self._balancing.register(group, self.task.address, port, self.task.availability_zone)
            except AwsError as exc:
                raise CannotStartTask(f"Task failed to start: {exc.code}: {exc.message}") from exc
            self._registered.append((group, port))
            self._on_event(f"registered 1 targets in (target-group {group})")

    # --- run ---

    async def _until_something_ends(self) -> None:
        """Wait until a stop is requested or an essential container ends."""
        await first_of(self._stop_requested.wait(), self._supervisor.over.wait())
        if not self._stop_requested.is_set():
            self._record_stop(StopCode.ESSENTIAL_CONTAINER_EXITED, "Essential container in task exited")
            self._drain = False  # nothing is left to respond

    # --- stop ---

    def _record_stop(self, code: StopCode, reason: str) -> None:
        if self.task.desired_status is DesiredStatus.STOPPED:
            return
        self.task.desired_status = DesiredStatus.STOPPED
        self.task.stop_code = code
        self.task.stopped_reason = reason
        self.task.stopping_at = self._host.clock.wall()
        self.task.version += 1

    async def _take_down(self) -> None:
        task = self.task
        if self._registered:
            self._move(TaskStatus.DEACTIVATING)
            draining = [asyncio.create_task(self._deregister(group, port)) for group, port in self._registered]
            if self._drain and task.ever_running:
                await asyncio.gather(*draining)
        else:
            draining = []
        if any(process.child is not None for process in self.containers):
            self._move(TaskStatus.STOPPING)
        await self._supervisor.stop()
        task.execution_stopped_at = self._host.clock.wall()
        await asyncio.gather(*draining)
        self._move(TaskStatus.DEPROVISIONING)
        self._host.addresses.release(task.address)
        self._agent.dismiss(task)
        task.stopped_at = self._host.clock.wall()
        self._move(TaskStatus.STOPPED)

    async def _deregister(self, group: str, port: int) -> None:
        """Deregister a target; return once it is released: after the deregistration delay, in a hurry immediately."""
        try:
            await self._balancing.deregister(group, self.task.address, port)
        except AwsError as exc:  # the target group was deleted while the task was running
            log.warning(
                "Target not deregistered", extra={"action": "deregister", "task": self.task.arn, "why": str(exc)}
            )
            return
        self._on_event(f"deregistered 1 targets in (target-group {group})")
        await first_of(self._balancing.drained(group, self.task.address, port), self._skip_waiting.wait())

    def _move(self, status: TaskStatus) -> None:
        if self.task.last_status is status:
            return
        if status in PENDING_STATUSES and self.task.desired_status is DesiredStatus.STOPPED:
            return
        self.task.move(status)
        self._on_change()

    def _changed(self) -> None:
        """Handle a change of a container that DescribeTasks shows."""
        if self._supervisor.over.is_set():  # nothing is left to respond: each millisecond costs requests
            for group, port in self._registered:
                self._balancing.let_go(group, self.task.address, port)
        self.task.version += 1
        self._on_change()
