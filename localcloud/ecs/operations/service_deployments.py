"""Service deployments and revisions: their history, and the user's control of a deployment in progress."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.ecs.model.circuit_breaker import circuit_breaker
from localcloud.ecs.model.services import HookRun, Service, ServiceDeployment, ServiceRevision
from localcloud.ecs.model.states import HookStatus, LifecycleStage, MonitorStatus, ServiceDeploymentStatus, Strategy
from localcloud.ecs.operations.common import Operations, Response, page, without_none
from localcloud.ecs.shifting import rollout
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        ContinueServiceDeploymentRequestTypeDef,
        CreatedAtTypeDef,
        DescribeServiceDeploymentsRequestTypeDef,
        DescribeServiceRevisionsRequestTypeDef,
        ListServiceDeploymentsRequestTypeDef,
        StopServiceDeploymentRequestTypeDef,
        TimestampTypeDef,
    )


STOPPED_BY_USER = rollout.FailureCause("user", "stopped by user")


class ServiceDeploymentOperations(Operations):
    """List, describe, stop and continue service deployments; describe service revisions."""

    def list_service_deployments(self, parameters: ListServiceDeploymentsRequestTypeDef) -> Response:
        """List deployments, newest first, filtered by status and creation time."""
        service = self.service(self.cluster(parameters.get("cluster")), parameters["service"])
        statuses = parameters.get("status") or list(ServiceDeploymentStatus)
        created = parameters.get("createdAt", {})
        briefs = [
            without_none(
                {
                    "serviceDeploymentArn": history.arn,
                    "serviceArn": service.arn,
                    "clusterArn": service.cluster_arn,
                    "startedAt": history.started_at,
                    "createdAt": history.created_at,
                    "finishedAt": history.finished_at,
                    "targetServiceRevisionArn": history.target_revision,
                    "status": history.status.value,
                    "statusReason": history.status_reason or None,
                }
            )
            for history in service.service_deployments
            if history.status in statuses and _within(history.created_at, created)
        ]
        return page("serviceDeployments", briefs, parameters)

    def describe_service_deployments(self, parameters: DescribeServiceDeploymentsRequestTypeDef) -> Response:
        """Describe deployments; unknown ARNs are returned as failures."""
        found, failures = [], []
        for arn in parameters["serviceDeploymentArns"]:
            try:
                service, history = self._find(arn)
            except AwsError:
                failures.append({"arn": arn, "reason": "MISSING"})
            else:
                found.append(self._describe(service, history))
        return {"serviceDeployments": found, "failures": failures}

    def describe_service_revisions(self, parameters: DescribeServiceRevisionsRequestTypeDef) -> Response:
        """Describe revisions; unknown ARNs are returned as failures."""
        known = {r.arn: (service, r) for service in self.store.services.values() for r in service.revisions}
        wanted = parameters["serviceRevisionArns"]
        return {
            "serviceRevisions": [self._revision(*known[arn]) for arn in wanted if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
        }

    def stop_service_deployment(self, parameters: StopServiceDeploymentRequestTypeDef) -> Response:
        """Stop a deployment: ROLLBACK (even if not configured), or ABORT, which leaves everything as it is."""
        service, history = self._find(parameters["serviceDeploymentArn"])
        if history.status is not ServiceDeploymentStatus.IN_PROGRESS:
            raise AwsError(
                "ConflictException",
                f"The service deployment cannot be stopped in status {history.status}; it must be IN_PROGRESS.",
            )
        if parameters.get("stopType", "ROLLBACK") == "ABORT":
            rollout.abort(service, history, self.now())
        elif history.strategy is Strategy.ROLLING:
            self.control.fail_deployment(service, history.deployment_id, STOPPED_BY_USER)
        else:
            history.fault = STOPPED_BY_USER.reason
        self.control.changed()
        return {"serviceDeploymentArn": history.arn}

    def continue_service_deployment(self, parameters: ContinueServiceDeploymentRequestTypeDef) -> Response:
        """Approve or reject a PAUSE hook that awaits action."""
        _, history = self._find(parameters["serviceDeploymentArn"])
        if history.status is not ServiceDeploymentStatus.IN_PROGRESS:
            raise AwsError(
                "ConflictException",
                f"The service deployment cannot be continued in status {history.status}; it must be IN_PROGRESS.",
            )
        run = next((run for run in history.hooks if run.id == parameters["hookId"]), None)
        if run is None:
            raise AwsError("InvalidParameterException", f"The hook {parameters['hookId']} was not found.")
        if run.status is not HookStatus.AWAITING_ACTION:
            raise AwsError("ConflictException", f"The hook {run.id} is not awaiting action.")
        run.status = HookStatus.SUCCEEDED if parameters.get("action", "CONTINUE") == "CONTINUE" else HookStatus.FAILED
        self.control.changed()
        return {"serviceDeploymentArn": history.arn}

    def _find(self, arn: str) -> tuple[Service, ServiceDeployment]:
        for service in self.store.services.values():
            for history in service.service_deployments:
                if history.arn == arn:
                    return service, history
        raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")

    def _describe(self, service: Service, history: ServiceDeployment) -> Response:
        shifts = history.strategy is not Strategy.ROLLING
        sources = [self._summary(service, history.source_revision) | (_weights(history, source=True) if shifts else {})]
        target = self._summary(service, history.target_revision) | (_weights(history, source=False) if shifts else {})
        stage = history.stage
        # The API's list of stages lacks PRE_PRODUCTION_TRAFFIC_SHIFT; only the list for hooks has it (aws-facts 1.9).
        if stage is LifecycleStage.PRE_PRODUCTION_TRAFFIC_SHIFT:
            stage = LifecycleStage.POST_TEST_TRAFFIC_SHIFT
        rollback = {
            "reason": history.rollback_reason,
            "startedAt": history.rollback_started_at,
            "serviceRevisionArn": history.source_revision,
        }
        return without_none(
            {
                "serviceDeploymentArn": history.arn,
                "serviceArn": service.arn,
                "clusterArn": service.cluster_arn,
                "createdAt": history.created_at,
                "startedAt": history.started_at,
                "finishedAt": history.finished_at,
                "stoppedAt": history.stopped_at,
                "updatedAt": history.updated_at,
                "sourceServiceRevisions": sources if history.source_revision else [],
                "targetServiceRevision": target,
                "status": history.status.value,
                "statusReason": history.status_reason or None,
                "lifecycleStage": stage.value if stage and shifts else None,
                "lifecycleHookDetails": [_hook(run) for run in history.hooks if run.status is not None],
                "deploymentConfiguration": history.configuration,
                "rollback": without_none(rollback) if history.rollback_started_at else None,
                "deploymentCircuitBreaker": self._breaker(service, history),
                "alarms": without_none(
                    {
                        "status": (history.alarms or MonitorStatus.DISABLED).value,
                        "alarmNames": history.configuration.get("alarms", {}).get("alarmNames"),
                        "triggeredAlarmNames": history.triggered_alarms or None,
                    }
                ),
            }
        )

    def _breaker(self, service: Service, history: ServiceDeployment) -> Response:
        breaker = circuit_breaker(service)
        live = next((d for d in service.deployments if d.id == history.deployment_id), None)
        failures = live.failed_tasks if live is not None else history.failure_count
        threshold = breaker.threshold(service.desired_count)
        status = MonitorStatus.DISABLED
        if breaker.enable:
            tripped = "circuit breaker" in history.rollback_reason
            status = MonitorStatus.MONITORING if history.open else MonitorStatus.MONITORING_COMPLETE
            status = MonitorStatus.TRIGGERED if tripped else status
        return {"status": status.value, "failureCount": failures, "threshold": threshold}

    def _summary(self, service: Service, revision: str) -> Response:
        deployment = next((d for d in service.deployments if d.revision_arn == revision), None)
        running, pending = self.control.store.counts(service, deployment) if deployment is not None else (0, 0)
        return {
            "arn": revision,
            "requestedTaskCount": deployment.desired_count if deployment is not None else 0,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        }

    def _revision(self, service: Service, revision: ServiceRevision) -> Response:
        definition = self.control.task_definition(revision.task_definition)
        return without_none(
            {
                "serviceRevisionArn": revision.arn,
                "serviceArn": service.arn,
                "clusterArn": service.cluster_arn,
                "taskDefinition": revision.task_definition,
                "launchType": "FARGATE",
                "platformVersion": "1.4.0",
                "platformFamily": "Linux",
                "loadBalancers": revision.launch.get("loadBalancers"),
                "networkConfiguration": revision.launch.get("networkConfiguration"),
                "containerImages": [
                    without_none(
                        {
                            "containerName": container["name"],
                            "imageDigest": revision.image_digests.get(container["name"]),
                            "image": container["image"],
                        }
                    )
                    for container in definition.wire["containerDefinitions"]
                ],
                "createdAt": revision.created_at,
            }
        )


def _weights(history: ServiceDeployment, *, source: bool) -> Response:
    production, test = history.production_percent, history.test_percent
    return {
        "requestedProductionTrafficWeight": 100 - production if source else production,
        "requestedTestTrafficWeight": 100 - test if source else test,
    }


def _hook(run: HookRun) -> Response:
    return without_none(
        {
            "hookId": run.id,
            "targetType": run.wire.get("targetType", "AWS_LAMBDA"),
            "targetArn": run.wire.get("hookTargetArn"),
            "status": run.status.value if run.status else None,
            "expiresAt": run.expires_at,
            "timeoutAction": run.wire.get("timeoutConfiguration", {}).get("action", "ROLLBACK"),
        }
    )


def _within(moment: datetime, created: CreatedAtTypeDef) -> bool:
    after, before = created.get("after"), created.get("before")
    return (after is None or moment >= _time(after)) and (before is None or moment <= _time(before))


def _time(value: TimestampTypeDef) -> datetime:
    """Convert epoch seconds, which JSON has for times."""
    return datetime.fromtimestamp(float(str(value)), UTC)
