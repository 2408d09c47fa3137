"""The number of failed tasks that trips the deployment circuit breaker."""

import pytest

from localcloud.ecs.model.circuit_breaker import CircuitBreaker


@pytest.mark.parametrize(("desired", "threshold"), [(1, 3), (6, 3), (10, 5), (25, 13), (400, 200), (800, 200)])
def test_circuit_breaker_threshold_is_half_of_desired_between_3_and_200(desired: int, threshold: int) -> None:
    assert CircuitBreaker(enable=True).threshold(desired) == threshold


def test_circuit_breaker_threshold_can_be_a_count_or_an_unbounded_percentage() -> None:
    assert CircuitBreaker(threshold_type="COUNT", threshold_value=1).threshold(100) == 1
    assert CircuitBreaker(threshold_type="UNBOUNDED_PERCENT", threshold_value=10).threshold(10) == 1
