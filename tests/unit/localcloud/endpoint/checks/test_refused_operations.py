"""Operations that do more than store a record are carried out by moto or by us, or refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import moto
from botocore import xform_name

from localcloud.endpoint.checks.passed_to_moto import PASSED
from localcloud.endpoint.checks.refused_operations import REFUSED_OPERATIONS
from localcloud.protocol.service_models import MODELS, loader, service_model

RECORDING = re.compile(
    r"(Accept|Add|Admin|Allocate|Apply|Archive|Assign|Associate|Assume|Attach|Authorize|Batch(Create|Delete|Get|Put|Update)"
    r"|Cancel|Change|Complete|Confirm|Copy|Create|Decrease|Decrypt|Delete|Deprecate|Deregister|Describe|Detach|Disable"
    r"|Disassociate|Enable|Encrypt|Export|Filter|Generate|Get|Head|Import|Increase|List|Lookup|Modify|Move|Purge|Put|Query"
    r"|Receive|Register|Reject|Release|Remove|Replace|Reset|Restore|Revoke|Scan|Search|Set|Sign|Stop|Subscribe|Tag"
    r"|Unassign|Undeprecate|Unsubscribe|Untag|Update|Upload|Abort|Validate|Verify)(?![a-z])"
)
"""Verbs that write something down, read it, or end it."""
MAKING_WORK = re.compile(r"Create\w*(Job|JobV2|Task|Canary|Archive|Pipe|Schedule|Deployment|Campaign|Experiment)")
OURS = PASSED.keys() | {"ecs", "rds", "logs", "elb"}
"""Services whose operations are reviewed elsewhere (test_passed_to_moto.py, indirect_creation.py)."""
DONE_BY_MOTO = {
    "acm": "RequestCertificate ResendValidationEmail",
    "acm-pca": "IssueCertificate",
    "cloudformation": "ExecuteChangeSet",
    "cognito-idp": "ForgotPassword GlobalSignOut InitiateAuth RespondToAuthChallenge",
    "config": "SelectResourceConfig",
    "dynamodb": "BatchExecuteStatement BatchWriteItem ExecuteStatement ExecuteTransaction TransactGetItems "
    "TransactWriteItems",
    "ebs": "StartSnapshot",
    "events": "CreateArchive StartReplay TestEventPattern",
    "glacier": "InitiateJob",
    "iam": "DeactivateMFADevice",
    "identitystore": "IsMemberInGroups",
    "kinesis": "MergeShards SplitShard StartStreamEncryption",
    "kms": "ReEncrypt ReplicateKey RetireGrant RotateKeyOnDemand ScheduleKeyDeletion",
    "lakeformation": "BatchGrantPermissions BatchRevokePermissions GrantPermissions",
    "secretsmanager": "ReplicateSecretToRegions RotateSecret",  # by a function: without_effect.py
    "servicediscovery": "DiscoverInstances DiscoverInstancesRevision",
    "sns": "CheckIfPhoneNumberIsOptedOut OptInPhoneNumber Publish PublishBatch",
    "sqs": "SendMessage SendMessageBatch",
    "ssm": "LabelParameterVersion UnlabelParameterVersion",
    "swf": "CountPendingActivityTasks CountPendingDecisionTasks PollForActivityTask PollForDecisionTask "
    "RecordActivityTaskHeartbeat RespondActivityTaskCompleted RespondActivityTaskFailed RespondDecisionTaskCompleted "
    "SignalWorkflowExecution StartWorkflowExecution TerminateWorkflowExecution",
    "timestream-write": "WriteRecords",
}
ONLY_A_RECORD = {
    "appsync": "FlushApiCache",
    "autoscaling": "EnterStandby ExecutePolicy ExitStandby ResumeProcesses SuspendProcesses "
    "TerminateInstanceInAutoScalingGroup",
    "clouddirectory": "PublishSchema",
    "cloudtrail": "StartLogging",
    "config": "StartConfigurationRecorder",
    "connectcampaigns": "CreateCampaign PauseCampaign",
    "databrew": "CreateProfileJob CreateRecipeJob PublishRecipe",
    "datasync": "CreateTask",
    "dms": "CreateReplicationTask",
    "ds": "ConnectDirectory",
    "ec2": "BundleInstance MonitorInstances PurchaseReservedInstancesOffering RebootInstances RequestSpotFleet "
    "RequestSpotInstances RunInstances StartInstances TerminateInstances UnmonitorInstances",
    "emr": "TerminateJobFlows",
    "firehose": "StartDeliveryStreamEncryption",
    "glue": "CreateJob",
    "lambda": "PublishLayerVersion PublishVersion",
    "macie2": "DeclineInvitations",
    "managedblockchain": "VoteOnProposal",
    "mediaconnect": "GrantFlowEntitlements",
    "organizations": "CloseAccount",
    "payment-cryptography": "StartKeyUsage",
    "redshift": "PauseCluster",
    "resiliencehub": "PublishAppVersion",
    "s3tables": "RenameTable",
    "sagemaker": "CreateExperiment",
    "securityhub": "BatchImportFindings",
    "sso-admin": "ProvisionPermissionSet",
    "support": "ResolveCase",
    "workspaces": "TerminateWorkspaces",
}
"""Nothing runs by these alone: what would run it is refused, or the reference says that it does nothing."""
ELSEWHERE = {
    "lambda": "Invoke InvokeAsync",  # indirect_creation.py
    "ses": "CloneReceiptRuleSet SendBulkTemplatedEmail SendEmail SendRawEmail SendTemplatedEmail TestRenderTemplate",
}
FOLDERS = {"lambda": "awslambda"}


def offered(service: str) -> set[str]:
    """The names of the methods with which moto answers for a service, as Python spells operations."""
    folder = Path(moto.__file__).parent / FOLDERS.get(service, service.replace("-", ""))
    files = [*folder.glob("responses*.py"), *folder.glob("responses/*.py")]
    return {name for file in files for name in re.findall(r"^    def (\w+)\(\s*self", file.read_text(), re.MULTILINE)}


def acting() -> Iterator[tuple[str, str]]:
    """Yield the operations of moto's services that do more than store a record."""
    for service in loader().list_available_services("service-2"):
        if service in OURS or not (methods := offered(service)):
            continue
        for operation in service_model(service).operation_names:
            is_record = RECORDING.match(operation) and not MAKING_WORK.fullmatch(operation)
            if not is_record and xform_name(operation) in methods:
                yield service, operation


def test_operations_that_act_are_carried_out_or_refused() -> None:
    refused = {
        (name, operation)
        for signing, table in REFUSED_OPERATIONS.items()
        for name in MODELS.get(signing, (signing,))
        for operations in table.values()
        for operation in operations
    }
    reviewed = {
        (service, operation)
        for table in (DONE_BY_MOTO, ONLY_A_RECORD, ELSEWHERE)
        for service, operations in table.items()
        for operation in operations.split()
    }
    found = set(acting())
    assert len(found) > 150
    assert sorted(each for each in found if each not in reviewed | refused) == []
    assert not reviewed & refused
