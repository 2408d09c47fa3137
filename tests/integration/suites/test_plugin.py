"""Classes and modules of other suites create resources before their first test, in the cloud that their tests use."""

import json
from pathlib import Path

import pytest

from tests.suites.__main__ import SUITES, _run

pytestmark = pytest.mark.long

ASKING = """
import os

import boto3
import moto
import pytest


def asked():
    return boto3.client("ecs", endpoint_url=os.environ["TEST_SERVER_MODE_ENDPOINT"])


def clusters():
    return len(asked().list_clusters()["clusterArns"])
"""
OF_A_CLASS = """

class TestOfAClass:
    @classmethod
    def setup_class(cls):
        asked().create_cluster(clusterName="of-the-class")

    def test_the_first_finds_it(self):
        assert clusters() == 1

    def test_the_second_finds_it(self):
        assert clusters() == 1


def test_alone():
    assert clusters() == 0


@moto.mock_aws
def test_with_motos_own_credentials():
    assert clusters() == 0


def test_that_asks_nothing():
    pass
"""
OF_A_MODULE = """

@pytest.fixture(scope="module")
def cluster():
    yield asked().create_cluster(clusterName="of-the-module")["cluster"]["clusterName"]
    asked().delete_cluster(cluster="of-the-module")


def test_the_first_finds_it(cluster):
    assert clusters() == 1


def test_the_second_finds_it(cluster):
    assert clusters() == 1
"""


def test_a_cloud_is_there_for_what_comes_before_the_tests(tmp_path: Path) -> None:
    tests = tmp_path / "tree" / "tests" / "test_ecs"
    tests.mkdir(parents=True)
    (tests / "test_class.py").write_text(ASKING + OF_A_CLASS)
    (tests / "test_module.py").write_text(ASKING + OF_A_MODULE)
    packages = tmp_path / "packages"
    packages.mkdir()

    record = _run(SUITES["moto"], "ecs", "ours", tree=tmp_path / "tree", packages=packages, directory=tmp_path / "work")

    ended = [json.loads(line) for line in record.read_text().splitlines()]
    assert [(each["outcome"], each["error"]) for each in ended] == [("passed", "")] * 7
    assert [each["test"].rsplit("::")[-1] for each in ended if not each["asked"]] == ["test_that_asks_nothing"]
