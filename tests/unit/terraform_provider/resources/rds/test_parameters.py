"""RDS's parameters in the state, and the requests that change them."""

from terraform_provider.resources.rds import _parameters


def block(name: str, value: str, method: str | None = None) -> dict[str, str | None]:
    return {"name": name, "value": value, "apply_method": method}


def found(name: str, value: str, source: str, method: str = "pending-reboot") -> dict[str, str]:
    return {"ParameterName": name, "ParameterValue": value, "Source": source, "ApplyMethod": method}


def test_the_state_holds_what_a_user_set_and_rdss_own_values_that_the_code_repeats() -> None:
    described = [
        found("log_statement", "ddl", "user", "immediate"),
        found("rds.force_ssl", "1", "system"),
        found("autovacuum_naptime", "15", "system"),
        {"ParameterName": "max_connections", "Source": "engine-default"},
    ]
    known = [block("RDS.force_ssl", "1", "immediate"), block("max_connections", "100")]
    assert _parameters.as_blocks(described, known) == [
        block("log_statement", "ddl", "immediate"),
        block("rds.force_ssl", "1", "pending-reboot"),  # RDS's own method: a difference, as on AWS
        block("max_connections", "", ""),
    ]
    assert [each["name"] for each in _parameters.as_blocks(described, [])] == ["log_statement"]


def test_a_request_has_twenty_parameters_of_one_method_or_those_that_belong_together() -> None:
    blocks = [block(f"p{number:02}", "1", "Immediate") for number in range(21)]
    blocks += [block("static", "1", "pending-reboot"), block("ssl_min_protocol_version", "1")]
    blocks += [block("ssl_max_protocol_version", "1", "pending-reboot")]
    requests = list(_parameters.requests(_parameters.of_blocks(blocks).values()))
    assert [len(each) for each in requests] == [2, 20, 1, 1]
    assert {each["ParameterName"] for each in requests[0]} == {"ssl_min_protocol_version", "ssl_max_protocol_version"}
    assert {each["ApplyMethod"] for each in requests[1]} == {"immediate"}
