"""The catalogue of parameters: the values that a parameter takes, and its description in RDS."""

import pytest

from localcloud.rds.requests.parameter_catalogue import catalogue


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("rds.force_ssl", "1", True),
        ("rds.force_ssl", "on", False),
        ("log_statement", "ddl", True),
        ("log_statement", "everything", False),
        ("max_connections", "400", True),
        ("max_connections", "0", False),
        ("max_connections", "many", False),
        ("max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)", True),
        ("max_connections", "1.5", False),
        ("random_page_cost", "1.1", True),
        ("random_page_cost", "-1", False),
        ("shared_preload_libraries", "pg_stat_statements,pgaudit", True),
        ("shared_preload_libraries", "something_else", False),
        ("log_min_duration_statement", "-1", True),
        ("search_path", "anything at all", True),
    ],
)
def test_a_parameter_takes_what_its_allowed_values_say(name: str, value: str, taken: bool) -> None:
    assert catalogue()[name].takes(value) is taken


def test_a_parameter_that_rds_sets_itself_is_shown_with_its_value_and_pending_reboot() -> None:
    assert catalogue()["rds.force_ssl"].described() == {
        "ParameterName": "rds.force_ssl",
        "ParameterValue": "1",
        "Description": "Force SSL connections.",
        "Source": "system",
        "ApplyType": "dynamic",
        "DataType": "boolean",
        "AllowedValues": "0,1",
        "IsModifiable": True,
        "ApplyMethod": "pending-reboot",
    }
    assert "ParameterValue" not in catalogue()["work_mem"].described()
