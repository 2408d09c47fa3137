"""State of moto as earlier versions wrote it, in `states/`, and what must be found in it.

`python -m tests.integration.localcloud.moto.earlier_states` writes the state of today's versions there. Run it in the
change that raises the version of moto or Python, before the version is raised.
"""

import base64
import io
import json
import tarfile
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from localcloud.moto.state import MotoState, _backends
from localcloud.moto.writers import called, this_writer
from tests.integration.localcloud.ecs.daemon import start
from tests.integration.localcloud.moto.stored_world import NAME, World

STATES = Path(__file__).with_name("states")
FACTS = "facts.json"
TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": f"sha256:{'0' * 64}"},
    "layers": [],
}


def fill(world: World) -> dict[str, str]:
    """Create what the facts are about, besides the world's own; -> what only AWS knows: ids and a ciphertext."""
    world.fill()
    client = world.client
    client("secretsmanager").put_secret_value(SecretId=NAME, SecretString="second")
    client("s3").put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    client("ssm").put_parameter(Name="/x", Value="1", Type="String")
    client("ssm").put_parameter(Name="/x", Value="2", Type="String", Overwrite=True)
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName=f"alias/{NAME}", TargetKeyId=key)
    sealed = client("kms").encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=TRUST)
    client("ecr").create_repository(repositoryName=NAME)
    client("ecr").put_image(repositoryName=NAME, imageTag="tag", imageManifest=json.dumps(MANIFEST))
    client("sns").create_topic(Name=NAME)
    client("events").put_rule(Name=NAME, EventPattern='{"source": ["a"]}')
    client("dynamodb").create_table(
        TableName=NAME, KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )  # fmt: skip
    client("dynamodb").put_item(TableName=NAME, Item={"k": {"S": "1"}})
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    vpc = client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    client("ec2").create_security_group(GroupName=NAME, Description="d", VpcId=vpc)
    group = client("elbv2").create_target_group(Name=NAME, Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    return {
        "sealed": base64.b64encode(sealed).decode(), "zone": zone, "vpc": vpc, "group": group["TargetGroupArn"],
        "key": key,
    }  # fmt: skip


async def lost(call: Callable[..., Awaitable[Any]], facts: dict[str, str]) -> list[str]:
    """Return what is not as `fill` made it."""

    async def body(version: dict[str, Any]) -> bytes:
        answer = await call("s3", "get_object", Bucket=NAME, Key="one", VersionId=version["VersionId"])
        return bytes(answer["Body"].read())

    versions = (await call("s3", "list_object_versions", Bucket=NAME, Prefix="one"))["Versions"]
    secret = {"SecretId": NAME}
    former = await call("secretsmanager", "get_secret_value", **secret, VersionStage="AWSPREVIOUS")
    opened = await call("kms", "decrypt", CiphertextBlob=base64.b64decode(facts["sealed"]))
    image = await call("ecr", "batch_get_image", repositoryName=NAME, imageIds=[{"imageTag": "tag"}])
    groups = await call("ec2", "describe_security_groups", Filters=[{"Name": "vpc-id", "Values": [facts["vpc"]]}])
    checks = {
        "object versions": {await body(each) for each in versions} == {b"former", b"first"},
        "bucket tags": (await call("s3", "get_bucket_tagging", Bucket=NAME))["TagSet"] == [{"Key": "k", "Value": "v"}],
        "secret": (await call("secretsmanager", "get_secret_value", **secret))["SecretString"] == "second",
        "former secret": former["SecretString"] == "secret",
        "parameter": (await call("ssm", "get_parameter", Name="/x"))["Parameter"]["Value"] == "2",
        "parameters": len((await call("ssm", "get_parameter_history", Name="/x"))["Parameters"]) == 2,
        "key": opened["Plaintext"] == b"text",
        "alias": (await call("kms", "describe_key", KeyId=f"alias/{NAME}"))["KeyMetadata"]["KeyId"] == facts["key"],
        "role": (await call("iam", "get_role", RoleName=NAME))["Role"]["RoleName"] == NAME,
        "image": len(image["images"]) == 1,
        "topic": len((await call("sns", "list_topics"))["Topics"]) == 1,
        "rule": (await call("events", "describe_rule", Name=NAME))["State"] == "ENABLED",
        "item": "Item" in await call("dynamodb", "get_item", TableName=NAME, Key={"k": {"S": "1"}}),
        "zone": (await call("route53", "get_hosted_zone", Id=facts["zone"]))["HostedZone"]["Name"] == "example.com.",
        "security groups": NAME in {each["GroupName"] for each in groups["SecurityGroups"]},
        "target group": len(await call("elbv2", "describe_target_groups", TargetGroupArns=[facts["group"]])) > 0,
        "database": len((await call("rds", "describe_db_instances", DBInstanceIdentifier=NAME))["DBInstances"]) == 1,
        "snapshot": len((await call("rds", "describe_db_snapshots", DBSnapshotIdentifier="snap"))["DBSnapshots"]) == 1,
        "alarm": len((await call("cloudwatch", "describe_alarms"))["MetricAlarms"]) == 1,
        "cache": len((await call("elasticache", "describe_replication_groups"))["ReplicationGroups"]) == 1,
        "api": len((await call("apigatewayv2", "get_apis"))["Items"]) == 1,
    }
    return [name for name, holds in checks.items() if not holds]


def write() -> Path:
    """Write the state of today's versions to `states/`."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made) / "data"
        world = World(start(directory))
        try:
            facts = fill(world)
        finally:
            assert world.daemon.stop() == 0
        _leave_out_images(directory / "moto")
        target = STATES / f"{called(this_writer()).replace(' with ', ' ').replace(' ', '-').lower()}.tar.xz"
        STATES.mkdir(exist_ok=True)
        with tarfile.open(target, "w:xz") as archive:
            archive.add(directory / "moto", "moto", filter=lambda each: None if each.name.endswith(".copy") else each)
            entry, content = tarfile.TarInfo(FACTS), json.dumps(facts).encode()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target


def _leave_out_images(directory: Path) -> None:
    """Delete EC2's list of public machine images, which is 2 MB of moto's own."""
    state = MotoState(directory)
    state.load()
    backends = {key: backend for key, backend in _backends() if key[0] == "ec2"}
    for backend in backends.values():
        for table in (backend.amis, backend.snapshots, backend.volumes):
            table.clear()
    pickles, failures = state.pickle(backends.keys())
    assert not failures
    assert not state.save(pickles)


if __name__ == "__main__":
    print(write())  # noqa: T201 - what it has made
