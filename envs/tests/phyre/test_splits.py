import pytest

from worldmodels_envs.phyre.splits import named_part, split


def test_within_templates_every_template_is_in_every_part():
    parts = split("within", 0)
    assert [len(part) for part in parts] == [1600, 400, 500]
    for part in parts:
        assert len({id[:5] for id in part}) == 25
    assert len({id for part in parts for id in part}) == 2500


def test_across_templates_no_template_is_in_two_parts():
    parts = split("cross", 3)
    names = [{id[:5] for id in part} for part in parts]
    assert [len(n) for n in names] == [16, 4, 5]
    assert len(set.union(*names)) == 25


@pytest.mark.parametrize("setup", ["within", "cross"])
def test_folds_differ_and_repeat(setup):
    assert split(setup, 1) == split(setup, 1)
    assert split(setup, 1).test != split(setup, 2).test


@pytest.mark.parametrize(("setup", "fold"), [("between", 0), ("within", 10), ("within", -1)])
def test_bad_requests_say_what_is_allowed(setup, fold):
    with pytest.raises(ValueError, match=r"known are within, cross|folds are 0 to 9"):
        split(setup, fold)


def test_parts_have_names_and_can_be_narrowed():
    parts = split("cross", 2)
    assert named_part("cross/2/development") == parts.development
    few = parts.among(parts.test[3:5])
    assert few == ((), (), parts.test[3:5])


@pytest.mark.parametrize("name", ["within/0", "within/0/trains", "within/one/train", "within", "within/-1/test"])
def test_names_of_no_part_say_what_is_allowed(name):
    with pytest.raises(ValueError, match=r"parts are SETUP/FOLD/PART such as 'within/0/train'"):
        named_part(name)
