"""`spendsense permissions`: what each role used, what it never used, and what it lacked."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ops.aws.clients import Aws, Wire
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import Misuse, NotFound
from ops.log_text import count_of
from ops.permissions import decision_record, policies
from ops.permissions.decision_record import Record
from ops.permissions.policies import Role
from ops.permissions.usage import Usage, kept_for, smallest_policy, usage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """role: only this one. policy: print this role's smallest policy instead. Both as in AWS, or without the prefix."""

    role: str | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """mode: whether requests that lack a permission are refused (`enforce`) or only recorded (`audit`)."""

    mode: str
    usages: Sequence[Usage]

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {"mode": self.mode, "roles": [role_as_json(each) for each in self.usages]}

    def show(self, console: Console) -> None:
        rows = [[each.role.name, *counts(each)] for each in self.usages]
        console.table(["role", "used", "never used", "lacked"], rows)
        for each in self.usages:
            show_details(each, console)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestPolicy:
    """The policy document itself, as `aws iam put-role-policy` takes it."""

    document: Wire

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return self.document

    def show(self, console: Console) -> None:
        console.json(self.document)


def check(name: EnvironmentName, options: Options) -> None:
    """Check the options, before any request. Errors: Misuse."""
    decision_record.check(name)
    for option in ("role", "policy"):
        if (getattr(options, option) or "").startswith("-"):
            raise Misuse(f"--{option} needs a role", next_step=f"name one: `--{option} deploy`")
    if options.role is not None and options.policy is not None:
        raise Misuse("--policy names a role already, so --role would be ignored", next_step="use only one of them")


def run(aws: Aws, options: Options, console: Console) -> Permissions | SmallestPolicy:
    """Read the record and the roles, and compare them. Errors: Misuse, NotFound, NotReachable."""
    check(aws.environment.name, options)
    record = decision_record.read(aws.environment)
    return compared(record, policies.roles(aws), aws.environment.prefix, options, console)


def compared(
    record: Record, held: Sequence[Role], prefix: str, options: Options, console: Console
) -> Permissions | SmallestPolicy:
    """Compare a record with roles. `prefix`: of their names. Errors: NotFound."""
    if options.policy is not None:
        role = named(options.policy, held, prefix)
        if lacked := sum(usage_of(role, record.decided, {}).lacked.values()):
            console.say(f"This policy leaves out what {role.name} was denied: {count_of(lacked, 'request')}")
        return SmallestPolicy(document=smallest_policy(role, record.decided))
    chosen = held if options.role is None else [named(options.role, held, prefix)]
    usages = [usage_of(each, record.decided, kept_for(each.name.removeprefix(f"{prefix}-"))) for each in chosen]
    return Permissions(mode=record.mode, usages=usages)


def named(name: str, held: Sequence[Role], prefix: str) -> Role:
    """Return a role by its name or the end of it (`deploy`). Errors: NotFound."""
    for each in held:
        if name in (each.name, each.name.removeprefix(f"{prefix}-")):
            return each
    names = ", ".join(each.name.removeprefix(f"{prefix}-") for each in held)
    raise NotFound(
        f"there is no role {name} in this environment",
        next_step=f"choose one of {names}" if names else "apply the Terraform, which creates the roles",
    )


def counts(usage: Usage) -> list[str]:
    """Return what the table shows of a role: how many actions."""
    kept = sum(bool(each.reason) for each in usage.unused)
    never = f"{len(usage.unused)}, {kept} with a reason" if kept else str(len(usage.unused))
    return [str(len(usage.used)), never, str(len({action for action, _ in usage.lacked}))]


def show_details(usage: Usage, console: Console) -> None:
    """Print a role's missing permissions, and those that it never used."""
    if not usage.lacked and not usage.unused and not usage.role.managed:
        return
    console.result()
    console.result(usage.role.name, style="bold")
    for line in lacked_lines(usage.lacked):
        console.result(f"  lacked      {line}", style="red")
    if not usage.used and usage.unused:
        console.result(f"  never used  any of {count_of(len(usage.unused), 'action')}: nobody has used this role")
    for each in usage.unused if usage.used else ():
        reason = f": {each.reason}" if each.reason else ""
        console.result(f"  never used  {each.action} ({each.statement}){reason}")
    for policy in usage.role.managed:
        console.result(f"  not checked {policy}, which its owner maintains")


def lacked_lines(lacked: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Yield a line for each action: one resource, how many others, how often in all."""
    by_action: dict[str, dict[str, int]] = defaultdict(dict)
    for (action, resource), times in lacked.items():
        by_action[action][resource] = times
    for action, on in by_action.items():
        more = f" and {len(on) - 1} other resources" if len(on) > 2 else " and another resource" * (len(on) - 1)
        yield f"{action} on {next(iter(on))}{more} ({sum(on.values())})"


def role_as_json(usage: Usage) -> dict[str, object]:
    return {
        "role": usage.role.name,
        "arn": usage.role.arn,
        "used": [{"action": action, "times": times} for action, times in usage.used.items()],
        "never_used": [
            {"action": each.action, "statement": each.statement, "reason": each.reason or None} for each in usage.unused
        ],
        "lacked": [
            {"action": action, "resource": resource, "times": times}
            for (action, resource), times in usage.lacked.items()
        ],
        "managed_policies": list(usage.role.managed),
    }
