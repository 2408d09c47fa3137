"""The effect here of each operation that sets something, for the services that systems like this one use: data.

`done`: what follows on AWS follows here. `record`: on AWS, too, only the record changes. The other
reasons are in KEPT_ONLY.
"""

from collections.abc import Mapping

PLANS = "AWS Backup's plans and selections"
BUDGETS = "budgets"
MACHINES = "EC2 instances and Auto Scaling groups"
TRAILS = "trails of CloudTrail and recorders of Config"
FINDINGS = "GuardDuty, Inspector, Macie and Security Hub"
FLOWS = "VPC flow logs and Route 53's health checks"
NAMES = "records of Route 53 and Cloud Map"
LOGS = "deliveries of other services' logs, including WAF's,"
COPIES = "replication of buckets"
EXPIRY = "lifecycle rules of S3 and ECR"
WEBSITES = "distributions of CloudFront, REST APIs and websites of buckets"
MAIL = "e-mail subscriptions of SNS topics"
CODES = "codes and invitations of Cognito"
RECEIPTS = "SES's receipt rules, event destinations and notification topics"
TTL = "times to live in DynamoDB"

REVIEWED: Mapping[str, Mapping[str, str]] = {
    "acm": {
        "done": "ExportCertificate ImportCertificate RequestCertificate",
        "record": "AddTagsToCertificate PutAccountConfiguration",
    },
    "autoscaling": {
        MACHINES: "AttachInstances AttachLoadBalancerTargetGroups AttachLoadBalancers "
        "BatchPutScheduledUpdateGroupAction CreateAutoScalingGroup CreateLaunchConfiguration CreateOrUpdateTags "
        "EnableMetricsCollection ExecutePolicy PutLifecycleHook PutScalingPolicy PutScheduledUpdateGroupAction "
        "PutWarmPool SetDesiredCapacity SetInstanceHealth SetInstanceProtection UpdateAutoScalingGroup",
    },
    "backup": {
        PLANS: "CreateBackupPlan CreateReportPlan",
        "record": "CreateBackupVault PutBackupVaultLockConfiguration",
    },
    "budgets": {BUDGETS: "CreateBudget CreateNotification"},
    "cloudfront": {
        WEBSITES: "CreateDistribution CreateDistributionWithTags CreateFunction CreateInvalidation UpdateDistribution",
        "record": "CreateKeyGroup CreateKeyValueStore CreateOriginAccessControl CreatePublicKey UpdateKeyValueStore "
        "UpdateOriginAccessControl",
    },
    "cloudtrail": {
        TRAILS: "CreateTrail PutEventSelectors PutInsightSelectors StartLogging UpdateTrail",
        "record": "AddTags",
    },
    "cognito-idp": {
        CODES: "AdminCreateUser AdminResetUserPassword",
        "done": "AdminAddUserToGroup AdminConfirmSignUp AdminEnableUser AdminInitiateAuth AdminRespondToAuthChallenge "
        "AdminSetUserMFAPreference AdminSetUserPassword AdminUpdateUserAttributes AssociateSoftwareToken "
        "ChangePassword SetUserMFAPreference SetUserPoolMfaConfig VerifySoftwareToken",
        "record": "AddCustomAttributes CreateGroup CreateIdentityProvider CreateResourceServer CreateUserPool "
        "CreateUserPoolClient CreateUserPoolDomain UpdateGroup UpdateIdentityProvider UpdateUserAttributes "
        "UpdateUserPool UpdateUserPoolClient UpdateUserPoolDomain",
    },
    "config": {
        TRAILS: "PutConfigRule PutConfigurationAggregator PutConfigurationRecorder PutDeliveryChannel "
        "PutOrganizationConformancePack StartConfigurationRecorder",
        "done": "SelectResourceConfig",
        "record": "PutAggregationAuthorization PutEvaluations PutResourceConfig PutRetentionConfiguration",
    },
    "dynamodb": {
        TTL: "UpdateTimeToLive",
        "done": "CreateBackup CreateTable ExecuteStatement ExecuteTransaction ExportTableToPointInTime ImportTable "
        "PutItem RestoreTableFromBackup RestoreTableToPointInTime UpdateContinuousBackups UpdateItem UpdateTable",
        "record": "PutResourcePolicy",
    },
    "events": {
        "done": "CancelReplay CreateArchive CreateEventBus EnableRule PutEvents PutRule PutTargets StartReplay "
        "UpdateArchive",
        "record": "CreateApiDestination CreateConnection CreatePartnerEventSource PutPermission UpdateApiDestination "
        "UpdateConnection",
        "refused": "PutPartnerEvents",  # endpoint/model_check.py
    },
    "firehose": {
        "done": "CreateDeliveryStream PutRecord PutRecordBatch UpdateDestination",
        "record": "StartDeliveryStreamEncryption",
    },
    "guardduty": {
        FINDINGS: "CreateDetector UpdateDetector",
        "record": "CreateFilter EnableOrganizationAdminAccount UpdateFilter",
    },
    "inspector2": {
        FINDINGS: "Enable",
        "record": "AssociateMember CreateFilter EnableDelegatedAdminAccount UpdateOrganizationConfiguration",
    },
    "kinesis": {
        "done": "CreateStream PutRecord PutRecords RegisterStreamConsumer UpdateShardCount UpdateStreamMode",
        "record": "AddTagsToStream EnableEnhancedMonitoring PutResourcePolicy StartStreamEncryption",
    },
    "kms": {
        "done": "CancelKeyDeletion CreateAlias CreateGrant CreateKey EnableKey EnableKeyRotation PutKeyPolicy "
        "UpdateAlias Verify VerifyMac",
        "record": "UpdateKeyDescription",
    },
    "lambda": {
        "record": "AddLayerVersionPermission AddPermission CreateAlias CreateFunction PutFunctionConcurrency "
        "PutFunctionEventInvokeConfig UpdateAlias UpdateFunctionCode UpdateFunctionConfiguration "
        "UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig",
    },
    "macie2": {
        FINDINGS: "EnableMacie",
        "record": "AcceptInvitation CreateInvitations EnableOrganizationAdminAccount",
    },
    "route53": {
        NAMES: "AssociateVPCWithHostedZone ChangeResourceRecordSets CreateHostedZone CreateReusableDelegationSet",
        FLOWS: "CreateHealthCheck UpdateHealthCheck",
        LOGS: "CreateQueryLoggingConfig",
        "record": "ChangeTagsForResource UpdateHostedZoneComment",
    },
    "s3": {
        COPIES: "PutBucketReplication",
        EXPIRY: "PutBucketLifecycle PutBucketLifecycleConfiguration",
        WEBSITES: "PutBucketWebsite",
        "done": "CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload PutBucketAcl PutBucketCors "
        "PutBucketEncryption PutBucketLogging PutBucketNotification PutBucketNotificationConfiguration "
        "PutBucketOwnershipControls PutBucketPolicy PutBucketVersioning PutObject PutObjectAcl PutObjectLegalHold "
        "PutObjectLockConfiguration PutObjectRetention PutObjectTagging PutPublicAccessBlock RestoreObject "
        "SelectObjectContent UploadPart UploadPartCopy",
        "record": "PutBucketAccelerateConfiguration PutBucketRequestPayment PutBucketTagging",
        "refused": "CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration CreateSession "
        "PutBucketAbac PutBucketAnalyticsConfiguration PutBucketIntelligentTieringConfiguration "
        "PutBucketInventoryConfiguration PutBucketMetricsConfiguration PutObjectAnnotation RenameObject "
        "UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration "
        "UpdateBucketMetadataJournalTableConfiguration UpdateObjectEncryption WriteGetObjectResponse",
    },
    "scheduler": {"record": "CreateScheduleGroup"},
    "secretsmanager": {
        "done": "CancelRotateSecret CreateSecret PutSecretValue RestoreSecret UpdateSecret UpdateSecretVersionStage",
        "record": "PutResourcePolicy",
    },
    "securityhub": {
        FINDINGS: "EnableSecurityHub",
        "record": "CreateMembers EnableOrganizationAdminAccount UpdateOrganizationConfiguration",
    },
    "servicediscovery": {
        NAMES: "CreatePrivateDnsNamespace CreatePublicDnsNamespace UpdatePrivateDnsNamespace UpdatePublicDnsNamespace",
        "done": "CreateHttpNamespace CreateService RegisterInstance UpdateHttpNamespace "
        "UpdateInstanceCustomHealthStatus UpdateService UpdateServiceAttributes",
    },
    "ses": {
        RECEIPTS: "CreateConfigurationSetEventDestination CreateReceiptRule CreateReceiptRuleSet "
        "SetActiveReceiptRuleSet SetIdentityFeedbackForwardingEnabled SetIdentityNotificationTopic UpdateReceiptRule",
        "done": "SendBulkTemplatedEmail SendEmail SendRawEmail SendTemplatedEmail VerifyDomainDkim "
        "VerifyDomainIdentity VerifyEmailAddress VerifyEmailIdentity",
        "record": "CreateConfigurationSet CreateTemplate SetIdentityMailFromDomain "
        "UpdateConfigurationSetReputationMetricsEnabled UpdateTemplate",
    },
    "sns": {
        MAIL: "Subscribe",
        "done": "CreateTopic SetSubscriptionAttributes SetTopicAttributes",
        "record": "AddPermission CreatePlatformApplication CreatePlatformEndpoint SetEndpointAttributes "
        "SetPlatformApplicationAttributes SetSMSAttributes",  # a device: without_effect.py
    },
    "sqs": {
        "done": "ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue SendMessage SendMessageBatch "
        "SetQueueAttributes",
        "record": "AddPermission",
    },
    "ssm": {
        "done": "PutParameter",
        "record": "AddTagsToResource CreateDocument CreatePatchBaseline ModifyDocumentPermission "
        "RegisterPatchBaselineForPatchGroup RegisterTargetWithMaintenanceWindow UpdateDocument "
        "UpdateDocumentDefaultVersion",
    },
    "stepfunctions": {
        "record": "CreateActivity CreateStateMachine CreateStateMachineAlias UpdateStateMachine "
        "UpdateStateMachineAlias UpdateMapRun",
    },
    "wafv2": {
        LOGS: "PutLoggingConfiguration",
        "record": "AssociateWebACL CreateIPSet CreateRegexPatternSet CreateRuleGroup CreateWebACL UpdateIPSet "
        "UpdateRegexPatternSet UpdateRuleGroup UpdateWebACL",
    },
}
"""botocore's service name -> what it does here -> operations."""
