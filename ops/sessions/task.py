"""Finds the task for a session, and its names in ECS and Session Manager."""

from ops.aws.clients import Aws
from ops.aws.service import Service, Task, describe_service, running_tasks
from ops.environment import Environment
from ops.errors import Misuse, NotFound
from ops.guide import command_in

SWITCH = "execute_command_enabled = true"


def to_enter(aws: Aws, named: str | None) -> Task:
    """Return a running task: the named one, else one of the newest revision. Errors: NotFound, Misuse.

    ECS DescribeServices, ListTasks, DescribeTasks.
    """
    where, service = aws.environment, describe_service(aws)
    running = [task for task in running_tasks(aws) if task.last_status == "RUNNING"]
    if named is not None:
        return the_one(running, named.rpartition("/")[2], where)
    if not running:
        raise NotFound("no task of the service is running", next_step=f"see `{command_in(where, 'tasks --stopped')}`")
    return sorted(running, key=lambda task: not is_newest(task, service))[0]


def is_newest(task: Task, service: Service) -> bool:
    return task.task_definition == service.task_definition


def the_one(running: list[Task], named: str, where: Environment) -> Task:
    """Find a task by the first characters of its id. Errors: NotFound, Misuse."""
    found = [task for task in running if task.id.startswith(named)]
    if not found:
        raise NotFound(
            f"no running task has an id that begins with {named}", next_step=f"see `{command_in(where, 'tasks')}`"
        )
    if len(found) > 1:
        raise Misuse(
            f"{len(found)} running tasks have ids that begin with {named}", next_step="give more characters of the id"
        )
    return found[0]


def target(aws: Aws, task: Task, container: str) -> str:
    """Return Session Manager's name of a container: ecs:cluster_task_runtime. ECS DescribeTasks. Errors: NotFound."""
    where = aws.environment
    described = aws.ecs.describe_tasks(cluster=where.cluster, tasks=[task.arn])["tasks"]
    runtimes = {
        each["name"]: each["runtimeId"]
        for each in (described[0]["containers"] if described else [])
        if "runtimeId" in each
    }
    if container not in runtimes:
        raise NotFound(
            f"task {task.id} has no running container {container}", next_step=f"see `{command_in(where, 'tasks')}`"
        )
    return f"ecs:{where.cluster}_{task.id}_{runtimes[container]}"


def switch_on(where: Environment) -> str:
    """Return the next step when ECS Exec is disabled."""
    return (
        f"set {SWITCH} in environments/{where.name.settings}.tfvars, apply the Terraform, then "
        f"`{command_in(where, 'deploy')}`: tasks have it from then on"
    )
