"""All operations of a service respond to any parameters, and a failed creation leaves nothing."""

import asyncio
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.fuzz.alerting_subjects import ALERTING
from tests.fuzz.calls import Answer, Fuzz
from tests.fuzz.foundation_subjects import FOUNDATION
from tests.fuzz.gateway_subjects import GATEWAYS
from tests.fuzz.naming_subjects import NAMING
from tests.fuzz.running_subjects import RUNNING
from tests.fuzz.serving_subjects import SERVING
from tests.fuzz.subjects import SUBJECTS, Subject
from tests.integration.localcloud.conftest import running_cloud

QUICK_ROUNDS = 1
LONG_ROUNDS = 12
SEED = 20261127
ALL = (*SUBJECTS, *ALERTING, *SERVING, *FOUNDATION, *GATEWAYS, *RUNNING, *NAMING)


async def fuzzed(subject: Subject, directory: Path, seed: int, rounds: int) -> list[Answer]:
    async with running_cloud(directory, subject.parts) as cloud:
        await subject.prepare(cloud)
        client = boto3.client(
            subject.service,
            endpoint_url=cloud.host.endpoint_url,
            region_name=cloud.host.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                retries={"total_max_attempts": 1}, read_timeout=60, parameter_validation=False, inject_host_prefix=False
            ),
        )
        fuzz = Fuzz(
            client=client,
            known=subject.known,
            listed=lambda: subject.listed(cloud, client),
            without=subject.without,
            checks_codes=subject.checks_codes,
            only=subject.only,
        )
        try:
            return await asyncio.to_thread(fuzz.run, seed, rounds)
        finally:
            client.close()


def check(answers: list[Answer]) -> None:
    defects = [str(each) for each in answers if each.defect()]
    assert defects == [], f"{len(defects)} of {len(answers)} answers:\n" + "\n".join(defects[:40])


# moto still stumbles over some of EC2's deletions (DeleteNetworkAclEntry): long run only.
QUICK = tuple(subject for subject in ALL if subject.service != "ec2")


@pytest.mark.long
@pytest.mark.parametrize("subject", QUICK, ids=lambda subject: subject.service)
async def test_every_operation_answers_as_aws_could(subject: Subject, tmp_path: Path) -> None:
    answers = await fuzzed(subject, tmp_path, SEED, QUICK_ROUNDS)
    assert len(answers) >= 20
    check(answers)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("subject", ALL, ids=lambda subject: subject.service)
async def test_every_operation_answers_as_aws_could_again_and_again(
    subject: Subject, seed: int, tmp_path: Path
) -> None:
    check(await fuzzed(subject, tmp_path, seed, LONG_ROUNDS))
