"""S3's rules of bucket names and settings; moto stores whatever it gets. Pure.

Sources: S3 User Guide, "General purpose bucket naming rules"; S3 API Reference. The words are AWS's where it prints
some.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
RESERVED_BEGINNINGS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
LONGEST_KEY, LONGEST_VALUE = 128, 256
TAG_KEY = re.compile(rb"<(?:\w+:)?Key>(.*?)</(?:\w+:)?Key>", re.DOTALL)
OBJECT = re.compile(rb"<(?:\w+:)?Object[\s>]")
MOST_DELETED = 1000
"""Objects that one DeleteObjects names."""
MOST_TAGS = 50
SUFFIX = re.compile(rb"<Suffix>([^<]*)</Suffix>")


def check_name(name: str) -> None:
    """Check the name of a new bucket. Errors: AwsError InvalidBucketName."""
    if (
        not NAME.fullmatch(name)
        or ".." in name
        or ADDRESS.fullmatch(name)
        or name.startswith(RESERVED_BEGINNINGS)
        or name.endswith(RESERVED_ENDS)
    ):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.")


def check_ownership(ownership: object) -> None:
    """Errors: AwsError."""
    if ownership not in OWNERSHIPS:
        raise malformed()


def check_encryption(encryption: Mapping[str, Any]) -> None:
    """Check a bucket's default encryption, as moto reads it. Errors: AwsError."""
    rules = encryption.get("Rule")
    default = rules.get("ApplyServerSideEncryptionByDefault") if isinstance(rules, dict) else None
    if not isinstance(default, dict):
        if isinstance(rules, dict) and rules.get("BucketKeyEnabled") is not None:
            return
        raise malformed()
    if default.get("SSEAlgorithm") not in ALGORITHMS:
        raise malformed()
    if default["SSEAlgorithm"] == "AES256" and default.get("KMSMasterKeyID"):
        raise AwsError(
            "InvalidArgument",
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        )


def check_cors(rules: Sequence[Mapping[str, Any]]) -> None:
    """Check CORS rules, as moto reads them. Errors: AwsError InvalidRequest."""
    for rule in rules:
        for name in ("AllowedOrigin", "AllowedHeader"):
            for value in _listed(rule.get(name)):
                if str(value).count("*") > 1:
                    raise AwsError("InvalidRequest", f'{name} "{value}" can not have more than one wildcard.')
        for value in _listed(rule.get("ExposeHeader")):
            if "*" in str(value):
                words = "contains wildcard. We currently do not support wildcard for ExposeHeader."
                raise AwsError("InvalidRequest", f'ExposeHeader "{value}" {words}')


def check_tags(tags: Mapping[str, str | None]) -> None:
    """Check a bucket's tags. Errors: AwsError BadRequest, InvalidTag."""
    if len(tags) > MOST_TAGS:
        raise AwsError("BadRequest", f"Bucket tag count cannot be greater than {MOST_TAGS}")
    for key, value in tags.items():
        if not 1 <= len(key or "") <= LONGEST_KEY:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid")
        if len(value or "") > LONGEST_VALUE:
            raise AwsError("InvalidTag", "The TagValue you have provided is invalid")


def check_object_tags(body: bytes) -> None:
    """Check the XML of PutObjectTagging for a key that it has twice. Errors: AwsError InvalidTag."""
    keys = TAG_KEY.findall(body)
    if len(set(keys)) < len(keys):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")


def check_deletion(body: bytes) -> None:
    """Check how many objects the XML of DeleteObjects names. Errors: AwsError MalformedXML."""
    if len(OBJECT.findall(body)) > MOST_DELETED:
        raise malformed()


def check_versioning(status: str) -> None:
    """Errors: AwsError IllegalVersioningConfigurationException."""
    if status not in ("Enabled", "Suspended"):
        raise AwsError("IllegalVersioningConfigurationException", "The Versioning element must be specified")


def check_website(configuration: bytes) -> None:
    """Check a website's XML. Errors: AwsError InvalidArgument."""
    suffix = SUFFIX.search(configuration)
    if suffix is not None and (b"/" in suffix[1] or not suffix[1]):
        raise AwsError("InvalidArgument", "The IndexDocument Suffix is not well formed")


def malformed() -> AwsError:
    """Return the error for a body that does not fit S3's schema."""
    return AwsError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
