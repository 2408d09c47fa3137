"""The made-up households, and how the findings on them are scored."""

import pytest

from benchmarks.app_findings import HELD_OUT, TUNED_ON, Score, add, score_of_recurring, score_of_unusual
from benchmarks.household_kinds import couple
from benchmarks.household_life import household

SEEDS = range(5000, 5012)


def test_the_same_seed_makes_the_same_household_and_another_seed_another() -> None:
    assert household(7).rows == household(7).rows
    assert household(7).rows != household(8).rows


def test_seeds_that_served_to_choose_the_numbers_are_not_reported() -> None:
    assert not set(HELD_OUT) & set(TUNED_ON)


def test_every_label_names_rows_of_its_household() -> None:
    for home in [make(seed) for seed in SEEDS for make in (household, couple)]:
        ids = {row.id for row in home.rows}
        assert len(ids) == len(home.rows)
        assert home.either <= ids
        assert all(contract.ids <= ids for contract in home.contracts)
        assert all(truth <= ids for truth in home.unusual)


@pytest.mark.long
@pytest.mark.parametrize("make", [household, couple])
@pytest.mark.parametrize("score_of", [score_of_recurring, score_of_unusual], ids=["recurring", "unusual"])
def test_what_is_found_in_households_never_seen_before_is_mostly_true_and_most_of_what_is_true(score_of, make) -> None:
    total = Score()
    for seed in SEEDS:
        add(total, score_of(make(seed)))
    assert total.precision >= 0.95
    assert total.recall >= 0.9
