"""S3 keeps the settings of buckets, and returns them."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
RULE = {"ID": "r", "Status": "Enabled"}


async def test_lifecycle_rules_come_back_as_they_were_put(cloud_in: Any, tmp_path: Path) -> None:
    both = {"Prefix": "a/", "ObjectSizeGreaterThan": 10, "Tags": [{"Key": "k", "Value": "v"}]}
    rules = [
        RULE | {"ID": "1", "Filter": {"And": both}, "Expiration": {"Days": 30}},
        RULE | {"ID": "2", "Filter": {"ObjectSizeLessThan": 5}, "Expiration": {"ExpiredObjectDeleteMarker": False}},
        RULE
        | {
            "ID": "3",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 2},
        },
        RULE | {"ID": "4", "Prefix": "b/", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
        RULE | {"ID": "5", "Filter": {}, "Transitions": [{"Days": 0, "StorageClass": "GLACIER"}]},
    ]
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="a-bucket", **PLACE)
        put = {"Bucket": "a-bucket", "LifecycleConfiguration": {"Rules": rules}}
        size = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}
        assert (await cloud.call("s3", "put_bucket_lifecycle_configuration", **put, **size)).items() >= size.items()
        found = await cloud.call("s3", "get_bucket_lifecycle_configuration", Bucket="a-bucket")
        assert found["Rules"] == rules
        assert found.items() >= size.items()
        unnamed = {"Rules": [{name: value for name, value in rules[3].items() if name != "ID"}]}
        await cloud.call("s3", "put_bucket_lifecycle_configuration", Bucket="a-bucket", LifecycleConfiguration=unnamed)
        found = await cloud.call("s3", "get_bucket_lifecycle_configuration", Bucket="a-bucket")
        assert found["Rules"][0]["ID"]
        assert found["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"


async def test_other_settings_come_back_as_they_were_put(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for name in ("a-bucket", "logs-bucket"):
            await cloud.call("s3", "create_bucket", Bucket=name, **PLACE)
        bucket = {"Bucket": "a-bucket"}
        assert (await cloud.call("s3", "get_bucket_request_payment", **bucket))["Payer"] == "BucketOwner"
        payer = {"RequestPaymentConfiguration": {"Payer": "Requester"}}
        await cloud.call("s3", "put_bucket_request_payment", **bucket, **payer)
        assert (await cloud.call("s3", "get_bucket_request_payment", **bucket))["Payer"] == "Requester"
        with pytest.raises(ClientError, match=r"\(MalformedXML\)"):
            await cloud.call("s3", "put_bucket_request_payment", **bucket, RequestPaymentConfiguration={"Payer": "me"})

        for operation, more in (("get_bucket_request_payment", {}), ("put_bucket_request_payment", payer)):
            with pytest.raises(ClientError, match=r"\(NoSuchBucket\)"):
                await cloud.call("s3", operation, Bucket="no-such-bucket", **more)

        versioning = {"Status": "Enabled", "MFADelete": "Disabled"}
        await cloud.call("s3", "put_bucket_versioning", **bucket, VersioningConfiguration=versioning)
        assert (await cloud.call("s3", "get_bucket_versioning", **bucket)).items() >= versioning.items()
