"""KMS keys that a call uses through another service: S3, Secrets Manager and others encrypt and decrypt with them.

Sources: each service's guide, "Permissions" of encryption with KMS: S3 (SSE-KMS), Secrets Manager, SNS, SQS, DynamoDB,
Systems Manager; for what is created with a key: RDS, ElastiCache, ECR, Backup. Keys that AWS manages need nothing:
their policies let every principal of the account use them through their service. Call in moto's thread.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.needs import Need
from localcloud.authorization.parameters import at_path
from localcloud.authorization.partiql import statements_of
from localcloud.authorization.resources import Place
from localcloud.enforcement.stored_resources import (
    bucket_of,
    key_of,
    queue_of,
    secret_of,
    secure_parameters,
    table_of,
    topic_of,
)

Parameters = Mapping[str, object]
GENERATE, DECRYPT, ENCRYPT = "GenerateDataKey", "Decrypt", "Encrypt"
OBJECTS = {
    "CompleteMultipartUpload": (DECRYPT,),
    "CopyObject": (GENERATE,),
    "CreateMultipartUpload": (GENERATE,),
    "GetObject": (DECRYPT,),
    "PutObject": (GENERATE,),
    "UploadPart": (DECRYPT,),
    "UploadPartCopy": (DECRYPT,),
}
SECRETS = {
    "CreateSecret": (GENERATE, DECRYPT),
    "GetSecretValue": (DECRYPT,),
    "PutSecretValue": (GENERATE, DECRYPT),
    "UpdateSecret": (GENERATE, DECRYPT),
}
TOPICS = {"Publish": (GENERATE, DECRYPT), "PublishBatch": (GENERATE, DECRYPT)}
QUEUES = {
    "ReceiveMessage": (DECRYPT,),
    "SendMessage": (GENERATE, DECRYPT),
    "SendMessageBatch": (GENERATE, DECRYPT),
}
READ_PARAMETERS = {
    "GetParameter": "Name",
    "GetParameterHistory": "Name",
    "GetParameters": "Names",
    "GetParametersByPath": "Path",
}
"""Operation -> the parameter that names what it reads."""
ITEMS = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
CREATED = {
    ("backup", "CreateBackupVault", "EncryptionKeyArn"): ("CreateGrant", "DescribeKey", DECRYPT, GENERATE),
    ("dynamodb", "CreateTable", "SSESpecification.KMSMasterKeyId"): ("CreateGrant", "DescribeKey"),
    ("ecr", "CreateRepository", "encryptionConfiguration.kmsKey"): ("CreateGrant", "DescribeKey"),
    ("elasticache", "CreateReplicationGroup", "KmsKeyId"): ("CreateGrant", "DescribeKey"),
    ("rds", "CreateDBInstance", "KmsKeyId"): ("CreateGrant", "DescribeKey"),
    ("rds", "CreateDBInstanceReadReplica", "KmsKeyId"): ("CreateGrant", "DescribeKey"),
}
"""Operation and where it names a key -> what the caller does with it, by grants that are for an AWS resource."""


def key_needs(service: str, operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    """Return what a call needs of KMS. `parameters`: with names resolved."""
    for (of, name, path), actions in CREATED.items():
        if (of, name) == (service, operation):
            for named in at_path(parameters, path):
                yield from _needs(service, actions, named, place, {"kms:GrantIsForAWSResource": "true"})
    match service:
        case "s3":
            yield from _objects(operation, parameters, place)
        case "secretsmanager":
            yield from _secrets(operation, parameters, place)
        case "sns" if operation in TOPICS:
            topic = topic_of(place.account_id, place.region, str(parameters.get("TopicArn")))
            key = getattr(topic, "kms_master_key_id", "")
            yield from _needs(service, TOPICS[operation], key, place, _of("aws:sns:topicArn", topic))
        case "sqs" if operation in QUEUES:
            name = str(parameters.get("QueueUrl")).rpartition("/")[2]
            queue = queue_of(place.account_id, place.region, name)
            yield from _needs(service, QUEUES[operation], getattr(queue, "kms_master_key_id", ""), place)
        case "dynamodb" if operation in ITEMS:
            yield from _tables(parameters, place)
        case "dynamodb":
            for statement in filter(None, statements_of(operation, parameters)):
                yield from _tables(statement.resource(), place)
        case "ssm":
            yield from _parameters(operation, parameters, place)


def _objects(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    if operation not in OBJECTS:
        return
    bucket = bucket_of(place.account_id, str(parameters.get("Bucket")))
    if bucket is None:
        return
    has_bucket_key = False
    if operation == "GetObject":
        key = _key_of_object(bucket, parameters)
    else:
        key, has_bucket_key = _key_of_new_object(bucket, parameters)
    # A bucket key stands for the bucket, and so does its encryption context.
    about = f"arn:aws:s3:::{bucket.name}" + ("" if has_bucket_key else f"/{parameters.get('Key')}")
    yield from _needs("s3", OBJECTS[operation], key, place, {"kms:EncryptionContext:aws:s3:arn": about})
    if operation in ("CopyObject", "UploadPartCopy"):
        for source in at_path(parameters, "CopySource"):
            name, _, from_key = source.removeprefix("/").partition("?")[0].partition("/")
            source_bucket = bucket_of(place.account_id, name)
            if source_bucket is not None:
                read = _key_of_object(source_bucket, {"Key": from_key})
                keys = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{name}/{from_key}"}
                yield from _needs("s3", (DECRYPT,), read, place, keys)


def _key_of_object(bucket: Any, parameters: Parameters) -> str:
    stored = bucket.keys.getlist(parameters.get("Key"), [])
    version = parameters.get("VersionId")
    found = [each for each in stored if not version or getattr(each, "version_id", None) == version]
    return (getattr(found[-1], "kms_key_id", None) or "") if found else ""


def _key_of_new_object(bucket: Any, parameters: Parameters) -> tuple[str, bool]:
    """Return the key, and whether a bucket key is used in its place."""
    rule = ((bucket.encryption or {}).get("Rule")) or {}
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    has_bucket_key = str(rule.get("BucketKeyEnabled", "")).lower() == "true"
    asked = parameters.get("ServerSideEncryption")
    if asked == "AES256" or (not asked and default.get("SSEAlgorithm") != "aws:kms"):
        return "", False
    named = parameters.get("SSEKMSKeyId") or default.get("KMSMasterKeyID") or ""
    return str(named), has_bucket_key or parameters.get("BucketKeyEnabled") in (True, "true")


def _secrets(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    is_new = operation == "CreateSecret"
    secret = None if is_new else secret_of(place.account_id, place.region, str(parameters.get("SecretId")))
    key = str(parameters.get("KmsKeyId") or getattr(secret, "kms_key_id", None) or "")
    yield from _needs("secretsmanager", SECRETS.get(operation, ()), key, place, _of("SecretARN", secret))


def _tables(parameters: Parameters, place: Place) -> Iterator[Need]:
    for name in at_path(parameters, "TableName"):
        table = table_of(place.account_id, place.region, name)
        sse = (getattr(table, "sse_specification", None) or {}) if table is not None else {}
        keys = {"kms:EncryptionContext:aws:dynamodb:tableName": name}
        yield from _needs("dynamodb", (DECRYPT,), str(sse.get("KMSMasterKeyId") or ""), place, keys)


def _parameters(operation: str, parameters: Parameters, place: Place) -> Iterator[Need]:
    if operation == "PutParameter" and parameters.get("Type") == "SecureString":
        yield from _needs("ssm", (ENCRYPT,), str(parameters.get("KeyId") or ""), place)
    if operation in READ_PARAMETERS and parameters.get("WithDecryption") in (True, "true"):
        for named in at_path(parameters, READ_PARAMETERS[operation]):
            below = operation == "GetParametersByPath"
            for stored in secure_parameters(place.account_id, place.region, named, below=below):
                arn = f"arn:aws:ssm:{place.region}:{place.account_id}:parameter/{stored.name.removeprefix('/')}"
                keys = {"kms:EncryptionContext:PARAMETER_ARN": arn}
                yield from _needs("ssm", (DECRYPT,), str(stored.keyid or ""), place, keys)


def _of(key: str, owner: Any) -> dict[str, str]:
    return {f"kms:EncryptionContext:{key}": owner.arn} if owner is not None else {}


def _needs(
    service: str, actions: tuple[str, ...], named: str, place: Place, keys: Mapping[str, str] | None = None
) -> Iterator[Need]:
    key = key_of(place.account_id, place.region, named) if named and "alias/aws/" not in named else None
    if key is None or any(alias.startswith("alias/aws/") for alias in key.aliases):
        return
    prefix = "kms:EncryptionContext:"
    given: dict[str, str | list[str]] = {
        "aws:ViaAWSService": "true",
        "kms:ViaService": f"{service}.{place.region}.amazonaws.com",
        "kms:CallerAccount": place.account_id,
        **(keys or {}),
    }
    given["kms:EncryptionContextKeys"] = [name.removeprefix(prefix) for name in given if name.startswith(prefix)]
    for action in actions:
        yield Need(action=f"kms:{action}", resource=key.arn, keys=Context(given))
