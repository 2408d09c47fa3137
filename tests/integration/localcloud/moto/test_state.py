"""moto's state across restarts and crashes."""

import asyncio
import io
import signal
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import boto3

from tests.integration.localcloud.moto.stored_world import make_foreign

TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'

# A local cloud of only moto in a separate process, which a test may kill.
SERVER = """
import asyncio, sys
from pathlib import Path
import uvicorn
from localcloud.endpoint.server import Endpoint
from localcloud.moto.server import MotoServer

async def main():
    moto = MotoServer(Path(sys.argv[1]))
    await moto.start()
    server = uvicorn.Server(uvicorn.Config(Endpoint(moto, {}, {}), port=0, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving
    await moto.stop()

asyncio.run(main())
"""


async def test_every_service_of_ours_is_there_after_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.1.0.0/16"))["Vpc"]["VpcId"]
        subnets = [
            (
                await cloud.call(
                    "ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.1.{n}.0/24", AvailabilityZone=f"us-west-1{zone}"
                )
            )["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        balancer = await cloud.call("elbv2", "create_load_balancer", Name="spendsense-local", Subnets=subnets)
        key = (await cloud.call("kms", "create_key", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"))["KeyMetadata"][
            "KeyId"
        ]
        signed = await cloud.call("kms", "sign", KeyId=key, Message=b"m", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")
        await cloud.call("ssm", "put_parameter", Name="/spendsense/x", Value="1", Type="String")
        await cloud.call("secretsmanager", "create_secret", Name="spendsense-local/jwt", SecretString="s")
        await cloud.call("iam", "create_role", RoleName="task", AssumeRolePolicyDocument=TRUST)
        await cloud.call("ecr", "create_repository", repositoryName="spendsense-backend")
        await cloud.call("sns", "create_topic", Name="alarms")
        await cloud.call("cloudwatch", "put_dashboard", DashboardName="d", DashboardBody='{"widgets": []}')
        await cloud.call("logs", "create_log_group", logGroupName="/ecs/spendsense-backend")
    async with cloud_in(tmp_path, {}) as cloud:
        assert vpc in [v["VpcId"] for v in (await cloud.call("ec2", "describe_vpcs"))["Vpcs"]]
        answer = await cloud.call("elbv2", "describe_load_balancers")
        assert [b["LoadBalancerArn"] for b in answer["LoadBalancers"]] == [
            b["LoadBalancerArn"] for b in balancer["LoadBalancers"]
        ]
        verified = await cloud.call(
            "kms",
            "verify",
            KeyId=key,
            Message=b"m",
            Signature=signed["Signature"],
            SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
        )
        assert verified["SignatureValid"]
        assert (await cloud.call("ssm", "get_parameter", Name="/spendsense/x"))["Parameter"]["Value"] == "1"
        secret = await cloud.call("secretsmanager", "get_secret_value", SecretId="spendsense-local/jwt")
        assert secret["SecretString"] == "s"
        assert (await cloud.call("iam", "get_role", RoleName="task"))["Role"]["RoleName"] == "task"
        assert len((await cloud.call("ecr", "describe_repositories"))["repositories"]) == 1
        assert len((await cloud.call("sns", "list_topics"))["Topics"]) == 1
        assert len((await cloud.call("cloudwatch", "list_dashboards"))["DashboardEntries"]) == 1
        assert len((await cloud.call("logs", "describe_log_groups"))["logGroups"]) == 1
        # Services share the same objects as before, not copies: the subnet is still in use.
        await cloud.call(
            "elbv2", "delete_load_balancer", LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"]
        )
        await cloud.call("ec2", "delete_subnet", SubnetId=subnets[0])
        left = await cloud.call("ec2", "describe_subnets", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
        assert [subnet["SubnetId"] for subnet in left["Subnets"]] == subnets[1:]


async def test_what_a_service_changes_in_another_is_kept(cloud_in: Any, tmp_path: Path) -> None:
    """moto's identities of SES are those of another version of its API, and a managed password is a secret."""
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="a.example.com")
        instance = {"DBInstanceIdentifier": "x", "Engine": "postgres", "DBInstanceClass": "db.t4g.micro"}
        master = {"MasterUsername": "u", "ManageMasterUserPassword": True}
        await cloud.call("rds", "create_db_instance", AllocatedStorage=20, **instance, **master)
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("sesv2", "create_email_identity", EmailIdentity="b.example.com")
        own = {"ManageMasterUserPassword": False, "MasterUserPassword": "a-password-of-our-own"}
        await cloud.call("rds", "modify_db_instance", DBInstanceIdentifier="x", ApplyImmediately=True, **own)
    async with cloud_in(tmp_path, {}) as cloud:
        identities = (await cloud.call("sesv2", "list_email_identities"))["EmailIdentities"]
        assert {each["IdentityName"] for each in identities} == {"a.example.com", "b.example.com"}
        assert (await cloud.call("secretsmanager", "list_secrets"))["SecretList"] == []


async def test_ids_that_a_question_made_up_stay(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        before = (await cloud.call("ec2", "describe_vpcs"))["Vpcs"][0]["VpcId"]
    async with cloud_in(tmp_path, {}) as cloud:
        assert (await cloud.call("ec2", "describe_vpcs"))["Vpcs"][0]["VpcId"] == before


async def test_object_versions_survive_and_bodies_are_stored_once(cloud_in: Any, tmp_path: Path) -> None:
    bucket = {"Bucket": "spendsense-local-data"}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", **bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
        await cloud.call("s3", "put_bucket_versioning", **bucket, VersioningConfiguration={"Status": "Enabled"})
        first = await cloud.call(
            "s3", "put_object", **bucket, Key="a.csv", Body=b"first" * 100_000, Metadata={"k": "v"}
        )
        await cloud.call("s3", "put_object", **bucket, Key="a.csv", Body=b"second")
        await cloud.call("s3", "put_object", **bucket, Key="copy.csv", Body=b"second")
        await cloud.call("s3", "put_object", **bucket, Key="gone.csv", Body=b"gone")
        gone = await cloud.call("s3", "head_object", **bucket, Key="gone.csv")
        await cloud.call("s3", "delete_object", **bucket, Key="gone.csv", VersionId=gone["VersionId"])
        assert (tmp_path / "moto" / "s3.state").stat().st_size < 100_000
    async with cloud_in(tmp_path, {}) as cloud:

        async def body(key: str, **more: Any) -> bytes:
            answer = await cloud.call("s3", "get_object", **bucket, Key=key, **more)
            return bytes(await asyncio.to_thread(answer["Body"].read))

        assert await body("a.csv") == await body("copy.csv") == b"second"
        assert await body("a.csv", VersionId=first["VersionId"]) == b"first" * 100_000
        head = await cloud.call("s3", "head_object", **bucket, Key="a.csv", VersionId=first["VersionId"])
        assert (head["ETag"], head["Metadata"]) == (first["ETag"], {"k": "v"})
        assert await body("a.csv", Range="bytes=1-3") == b"eco"
        bodies = [path.read_bytes() for path in (tmp_path / "moto" / "s3-bodies").iterdir()]
        assert sorted(bodies, key=len) == [b"second", b"first" * 100_000]


async def test_concurrent_changes_share_saves_and_are_all_kept(cloud_in: Any, tmp_path: Path) -> None:
    names = {f"/spendsense/{number}" for number in range(40)}
    async with cloud_in(tmp_path, {}) as cloud:
        await asyncio.gather(
            *(cloud.call("ssm", "put_parameter", Name=name, Value="1", Type="String") for name in names)
        )
    async with cloud_in(tmp_path, {}) as cloud:
        answer = await cloud.call("ssm", "get_parameters_by_path", Path="/spendsense", MaxResults=10)
        found = {parameter["Name"] for parameter in answer["Parameters"]}
        while "NextToken" in answer:
            answer = await cloud.call(
                "ssm", "get_parameters_by_path", Path="/spendsense", MaxResults=10, NextToken=answer["NextToken"]
            )
            found |= {parameter["Name"] for parameter in answer["Parameters"]}
        assert found == names


async def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    for round_number in range(2):
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(SERVER), str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert server.stdout is not None
            port = int(await asyncio.wait_for(server.stdout.readline(), 30))
            if round_number == 0:
                await asyncio.to_thread(make_things, port)
                server.send_signal(signal.SIGKILL)
            else:
                assert await asyncio.to_thread(found_things, port) == ("s", b"body", 10)
        finally:
            if server.returncode is None:
                server.kill()
            await server.wait()


def client(service: str, port: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def make_things(port: int) -> None:
    s3, ssm = client("s3", port), client("ssm", port)
    client("secretsmanager", port).create_secret(Name="a", SecretString="s")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    s3.put_object(Bucket="bucket", Key="key", Body=b"body")
    for number in range(10):
        ssm.put_parameter(Name=f"p{number}", Value="1", Type="String")


def found_things(port: int) -> tuple[str, bytes, int]:
    parameters = client("ssm", port).get_parameters(Names=[f"p{number}" for number in range(10)])["Parameters"]
    return (
        client("secretsmanager", port).get_secret_value(SecretId="a")["SecretString"],
        client("s3", port).get_object(Bucket="bucket", Key="key")["Body"].read(),
        len(parameters),
    )


async def test_a_file_of_another_version_is_taken_over_and_a_copy_is_kept(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("ssm", "put_parameter", Name="/spendsense/x", Value="1", Type="String")
    path = tmp_path / "moto" / "ssm.state"
    make_foreign(tmp_path, moto="0.1")
    foreign = path.read_bytes()
    async with cloud_in(tmp_path, {}) as cloud:
        assert (await cloud.call("ssm", "get_parameter", Name="/spendsense/x"))["Parameter"]["Value"] == "1"
        [reported] = cloud.set_aside
        assert reported.startswith(f"{path.parent}: carried over from moto 0.1 with Python 3.11, every entry: ")
        assert path.with_name("ssm.state.set-aside-moto-0.1-python-3.11").read_bytes() == foreign
    async with cloud_in(tmp_path, {}) as cloud:
        assert cloud.set_aside == []


async def test_a_lambda_function_is_kept_and_harms_nobody(cloud_in: Any, tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("l.py", "def h(e, c): pass")
    async with cloud_in(tmp_path, {}) as cloud:
        role = await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=TRUST)
        await cloud.call(
            "lambda",
            "create_function",
            FunctionName="f",
            Runtime="python3.12",
            Handler="l.h",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": archive.getvalue()},
        )
        await cloud.call("logs", "create_log_group", logGroupName="g")
        await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="s")
        assert cloud.host.moto.status()["failures"] == {}
    async with cloud_in(tmp_path, {}) as cloud:
        functions = (await cloud.call("lambda", "list_functions"))["Functions"]
        assert [function["FunctionName"] for function in functions] == ["f"]
        await cloud.call("lambda", "delete_function", FunctionName=functions[0]["FunctionArn"])
