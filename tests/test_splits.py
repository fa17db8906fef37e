"""The split is one in five, by group, and does not move."""

from rxmm.splits import HALVES, half_of, is_validation, part_of, tw_group, us_group


def test_about_one_group_in_five_is_held_back() -> None:
    for name in (us_group, tw_group):
        held_back = sum(is_validation(name(str(number))) for number in range(5000))
        assert 900 < held_back < 1100


def test_a_tenth_of_the_groups_is_for_tuning_and_none_of_them_for_validation() -> None:
    parts = [part_of(us_group(number)) for number in range(5000)]
    assert 400 < parts.count("tuning") < 600
    assert parts.count("validation") == sum(is_validation(us_group(n)) for n in range(5000))


def test_keys_of_the_two_countries_differ() -> None:
    assert us_group("12") == "us:12"
    assert tw_group("12") == "tw:12"


def test_the_split_never_moves() -> None:
    held_back = [number for number in range(40) if is_validation(us_group(number))]
    assert held_back == [2, 3, 14, 22, 28, 30, 33, 34, 36, 38]


def test_halves_cut_across_the_parts() -> None:
    groups = [us_group(number) for number in range(4000)]
    for part in ("training", "tuning"):
        own = [half_of(group) for group in groups if part_of(group) == part]
        assert set(own) == set(HALVES)
        assert abs(own.count("first") / len(own) - 0.5) < 0.06
