"""Alarms that earlier versions stored as moto's objects are read completely."""

from typing import Any

import pytest
from moto.cloudwatch.models import Alarm as MotoAlarm

from localcloud.cloudwatch.alarms.model import CompositeAlarm
from localcloud.cloudwatch.alarms.moto_alarms import from_moto
from localcloud.cloudwatch.alarms.suppression import By, Suppression
from tests.unit.localcloud.cloudwatch.alarms.test_settings import EMPTY


@pytest.mark.parametrize("key", ["told", "acted_on"])
def test_a_stored_suppression_is_read_by_its_old_key_and_its_present_one(key: str) -> None:
    stored: Any = MotoAlarm(**{**EMPTY, "rule": "ALARM(b)"})
    stored.suppressor, stored.suppressor_wait_s, stored.suppressor_extension_s = "b", 10, 20
    stored.suppression = {key: "OK", "by": "WaitPeriod", "until": 5.0}
    read = from_moto(stored)
    assert isinstance(read, CompositeAlarm)
    assert read.suppression == Suppression(acted_on="OK", by=By.WAIT_PERIOD, until=5.0)
