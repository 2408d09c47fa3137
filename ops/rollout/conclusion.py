"""Describes how a deploy or rollback ended: what serves now, doubts, next steps."""

from ops.aws.service import Service
from ops.environment import Environment
from ops.guide import command_in
from ops.log_text import count_of
from ops.rollout.deployment_state import decision
from ops.rollout.follow import Outcome
from ops.rollout.verdict import Verdict
from ops.waiter import Deadline

# ECS's event when a rolling deployment's percentages allow no step at the current desired count.
STUCK = "was unable to stop or start tasks during a deployment"


def conclusion(
    outcome: Outcome,
    revision: int,
    deadline: Deadline,
    where: Environment,
    *,
    verb: str = "deploy",
    done: str = "deployed",
) -> tuple[str, tuple[str, ...]]:
    """Describe how it ended, what serves now, and what to do next. verb: the command to repeat; done: its success."""
    look = (command_in(where, "status"), command_in(where, "logs --since 10m"))
    service = outcome.service
    reason = outcome.history.reason if outcome.history is not None else ""
    evidence = [each for each in (outcome.doubts, outcome.proof) if each is not None]
    doubts = [line for each in evidence for line in each.lines]
    remarks = [f"\n  {line}" for each in evidence for line in each.remarks]
    because = "".join(f"\n{line}" for line in [reason, *doubts] if line)
    if outcome.ended_by_user:
        return ended_by_user(outcome, revision, done) + because, after_somebody(where, verb, revision)
    match outcome.verdict:
        case Verdict.DEPLOYED:
            is_served = "serves" if service.desired else "is set, but the desired count is 0, so no task runs"
            serving_now = f"revision {revision} {is_served} ({deadline.elapsed_s:.1f} s)"
            if not doubts:
                return "".join([f"{done.capitalize()}: {serving_now}", *remarks]), ()
            but = [f"\n  {line}" for line in doubts]
            back = (command_in(where, "rollback"), *look) if verb != "rollback" else look
            trouble = "requests fail" if outcome.final_verdict is Verdict.REQUESTS_FAILED else "with signs of trouble"
            return "".join([f"{done.capitalize()}, but {trouble}: {serving_now}", *but, *remarks]), back
        case Verdict.ROLLED_BACK:
            return f"Not {done}: {rolled_back(service, revision, reason)}{because}", look
        case Verdict.SUPERSEDED:
            return (
                f"Not {done}: another deployment took over; the service is set to revision {service.revision}",
                look,
            )
        case Verdict.TIMED_OUT:
            last = outcome.events[-1].message if outcome.events else "none"
            # The percentages were set for another count; a new deployment resets them, and waiting does not help.
            # Otherwise the deployment continues: the same command would refuse, or roll it back.
            again = f"{verb} --to {revision}" if verb == "rollback" else f"{verb} --force"
            then = again if STUCK in last else f"wait --timeout {2 * deadline.timeout_s:g}"
            is_paused = outcome.history is not None and outcome.history.paused_by
            return (
                f"Not {done} within {deadline.timeout_s:g} s: waited for {outcome.waited_for}\n"
                f"last event: {last}\nserving: {serving(service)}",
                (*look, decision(where.name) if is_paused else command_in(where, then)),
            )
        case _:
            primary = service.primary
            reason = reason or (primary.reason if primary else f"service is {service.status}")
            if verb == "rollback":  # the rollback itself failed
                retry = command_in(where, f"rollback --to {revision}")
                return f"Not {done} to revision {revision} ({reason}); serving: {serving(service)}", (*look, retry)
            return f"Not {done}: revision {revision} failed ({reason}); serving: {serving(service)}", look


def rolled_back(service: Service, revision: int, reason: str) -> str:
    """Explain that ECS rolled the deployment back; a restart stays at the same revision."""
    if service.revision == revision:
        how = " to start" if "failed to start" in reason else ""
        return f"the new tasks failed{how}; the old tasks of revision {revision} still serve"
    return f"revision {revision} failed and ECS rolled back to revision {service.revision}, which serves"


def ended_by_user(outcome: Outcome, revision: int, done: str) -> str:
    """Explain that another command rolled the deployment back, or stopped it where it stood."""
    service = outcome.service
    if outcome.verdict is Verdict.ROLLED_BACK:
        if service.revision == revision:  # of a restart
            return f"Not {done}: somebody rolled it back meanwhile; revision {revision} still serves"
        return (
            f"Not {done}: somebody rolled revision {revision} back while it was being deployed; "
            f"revision {service.revision} serves"
        )
    ran = [each for each in service.deployments if each.running]
    if [each.revision for each in ran] == [revision] and ran[0].running >= service.desired:
        serves = f"revision {revision} serves, but ECS did not complete the deployment"
    else:
        serves = f"ECS did not complete the deployment of revision {revision}; serving: {serving(service)}"
    return f"Stopped by somebody while it was being deployed: {serves}"


def after_somebody(where: Environment, verb: str, revision: int) -> tuple[str, ...]:
    """Return the next steps after what somebody else did: they had a reason."""
    repeat = command_in(where, f"rollback --to {revision}" if verb == "rollback" else verb)
    return (
        command_in(where, "history"),
        command_in(where, "status"),
        f"find out who did it and why; then repeat: `{repeat}`",
    )


def serving(service: Service) -> str:
    """Name the revisions that have running tasks."""
    running = [
        f"revision {each.revision} ({count_of(each.running, 'task')})" for each in service.deployments if each.running
    ]
    return ", ".join(running) or "nothing"
