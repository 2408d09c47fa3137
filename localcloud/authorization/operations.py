"""The IAM actions that an API operation needs: most share its name; the exceptions are listed here.

Sources: S3 User Guide, "Required permissions for Amazon S3 API operations"; the API references of the others.
"""

from localcloud.authorization.reference import Action, action

PREFIXES = {"email": "ses", "monitoring": "cloudwatch", "streams.dynamodb": "dynamodb", "tagging": "tag"}
"""Name in signatures -> IAM's prefix, where they differ."""

WITHOUT_PERMISSION = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetAccessKeyInfo")})
"""Operations that need no permission."""

SEVERAL = {
    ("dynamodb", "TransactGetItems"): ("GetItem",),
    ("kms", "ReEncrypt"): ("ReEncryptFrom", "ReEncryptTo"),
    ("lambda", "Invoke"): ("InvokeFunction",),
    ("lambda", "InvokeWithResponseStream"): ("InvokeFunction",),
    ("sns", "PublishBatch"): ("Publish",),
    ("sqs", "ChangeMessageVisibilityBatch"): ("ChangeMessageVisibility",),
    ("sqs", "DeleteMessageBatch"): ("DeleteMessage",),
    ("sqs", "SendMessageBatch"): ("SendMessage",),
}
S3 = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
OF_VERSIONS = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
"""S3's actions on a version that the request names."""
S3_SETTINGS = ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
VERBS = {"Create": "POST", "Delete": "DELETE", "Get": "GET", "Import": "PUT", "Reimport": "PUT", "Update": "PATCH"}
"""API Gateway's actions are the methods of HTTP."""


def actions_of(service: str, operation: str, *, has_version: bool = False) -> tuple[Action, ...]:
    """Return the actions that an operation itself needs; none if the reference has none for it.

    `service`: its name in signatures. `has_version`: whether a request to S3 names an object's version.
    """
    prefix = PREFIXES.get(service, service)
    names = SEVERAL.get((prefix, operation), (operation,))
    if prefix == "s3":
        names = (_of_s3(operation, has_version),)
    elif prefix == "budgets" and action(prefix, operation) is None:
        names = ("ViewBudget" if operation.startswith("Describe") else "ModifyBudget",)
    elif prefix == "apigateway":
        verb = next((method for start, method in VERBS.items() if operation.startswith(start)), None)
        names = (verb or ("DELETE" if operation.startswith("Untag") else "PUT"),)
    return tuple(found for name in names if (found := action(prefix, name)) is not None)


def _of_s3(operation: str, has_version: bool) -> str:
    name = S3.get(operation, operation)
    for setting in S3_SETTINGS:
        if f"Bucket{setting}Configuration" in operation:
            verb = "Get" if operation.startswith(("Get", "List")) else "Put"
            return f"{verb}{setting}Configuration"
    return OF_VERSIONS.get(name, name) if has_version else name
