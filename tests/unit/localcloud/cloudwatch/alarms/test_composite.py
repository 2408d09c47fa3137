"""Rules of composite alarms, and action suppression."""

import pytest

from localcloud.cloudwatch.alarms.composite import WrongRule, parse
from localcloud.cloudwatch.alarms.suppression import By, Periods, Suppression, step

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "with space": "ALARM", 'q"t': "ALARM"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        ("ALARM( a ) AND OK(b)", True),
        ("ALARM(b) OR ALARM(a) AND OK(a)", False),
        ("(ALARM(b) OR ALARM(a)) AND OK(b)", True),
        ("NOT ALARM(b) AND NOT OK(a)", True),
        ("NOT (ALARM(a) OR ALARM(b))", False),
        ("NOT NOT ALARM(a)", True),
        ("INSUFFICIENT_DATA(c)", True),
        ("ALARM(gone) OR OK(gone) OR INSUFFICIENT_DATA(gone)", False),
        ("TRUE", True),
        ("FALSE OR TRUE", True),
        ('ALARM("with space")', True),
        (r'ALARM("q\"t")', True),
        ("ALARM(arn:aws:cloudwatch:us-west-1:123456789012:alarm:a)", True),
        ("AT_LEAST(1, ALARM, (a, b))", True),
        ("AT_LEAST(2, ALARM, (a, b))", False),
        ('AT_LEAST(50%, OK, (a, "b"))', True),
        ("AT_LEAST(2, NOT ALARM, (a, b, c))", True),
    ],
)
def test_rules_hold_as_cloudwatch_reads_them(rule: str, holds: bool) -> None:
    assert parse(rule).holds(STATES) is holds


def test_a_rule_names_its_alarms_once_and_in_order() -> None:
    assert parse('ALARM(b) AND (OK("a") OR ALARM(b)) AND AT_LEAST(1, OK, (c, a))').alarms == ("b", "a", "c")


@pytest.mark.parametrize(
    "rule",
    [
        *("", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "ALARM(a) ALARM(b)", "ALARM(a) AND", "OR ALARM(a)", "alarm(a)"),
        *("PENDING(a)", "ALARM(a))", 'ALARM("a)', "AT_LEAST(0, ALARM, (a))", "AT_LEAST(1, FOO, (a))", "NOT"),
        " OR ".join(f"ALARM(a{number})" for number in range(101)),
        "ALARM(a)" + " " * 10_240 + "OR TRUE",
        "(" * 3000 + "TRUE" + ")" * 3000,
        "NOT " * 2000 + "TRUE",
    ],
)
def test_what_is_not_a_rule_is_refused(rule: str) -> None:
    with pytest.raises(WrongRule):
        parse(rule)


def test_a_rule_may_nest_as_deeply_as_people_write_it() -> None:
    assert parse("NOT (" * 20 + "ALARM(a)" + ")" * 20).holds({"a": "ALARM"})
    assert parse("(NOT FALSE) AND " * 200 + "TRUE").holds({}), "brackets beside each other are not nested"


PERIODS = Periods(wait_s=60, extension_s=120)


class History:
    """Steps of one alarm, and the states that were acted on."""

    def __init__(self) -> None:
        self.held = Suppression(acted_on="OK")
        self.acted: list[tuple[float, str]] = []

    def at(self, now: float, state: str, *, suppressor: bool) -> By | None:
        self.held, act = step(self.held, state, suppressor_in_alarm=suppressor, periods=PERIODS, now=now)
        if act:
            self.acted.append((now, state))
        return self.held.by


def test_actions_wait_for_a_suppressor_that_does_not_come() -> None:
    history = History()
    assert history.at(0, "ALARM", suppressor=False) is By.WAIT_PERIOD
    assert history.at(59, "ALARM", suppressor=False) is By.WAIT_PERIOD
    assert history.at(60, "ALARM", suppressor=False) is None
    assert history.at(90, "ALARM", suppressor=False) is None
    assert history.acted == [(60, "ALARM")]


def test_a_suppressor_holds_actions_back_until_its_extension_is_over() -> None:
    history = History()
    history.at(0, "ALARM", suppressor=False)
    assert history.at(30, "ALARM", suppressor=True) is By.ALARM
    assert history.at(500, "ALARM", suppressor=True) is By.ALARM
    assert history.at(510, "ALARM", suppressor=False) is By.EXTENSION_PERIOD
    assert history.at(629, "ALARM", suppressor=False) is By.EXTENSION_PERIOD
    assert history.at(630, "ALARM", suppressor=False) is None
    assert history.acted == [(630, "ALARM")]


def test_an_alarm_that_ends_before_the_suppression_is_never_published() -> None:
    history = History()
    history.at(0, "ALARM", suppressor=True)
    history.at(100, "OK", suppressor=True)
    history.at(200, "OK", suppressor=False)
    assert history.at(320, "OK", suppressor=False) is None
    history.at(400, "OK", suppressor=True)
    assert history.held.by is None, "nothing to hold back"
    assert history.acted == []


def test_without_periods_a_change_is_published_at_once() -> None:
    held, act = step(
        Suppression(acted_on="OK"), "ALARM", suppressor_in_alarm=False, periods=Periods(wait_s=0, extension_s=0), now=5
    )
    assert (held, act) == (Suppression(acted_on="ALARM"), True)
