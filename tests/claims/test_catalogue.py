import pytest

from worldmodels.claims.catalogue import claims, committed, find, read
from worldmodels.claims.claim import overlay
from worldmodels.errors import InputError, UnknownNameError


def edited(workplace, before, after):
    path = workplace / "edited.yaml"
    text = (workplace / "weights.yaml").read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return path


def test_a_claim_and_its_sizes(workplace):
    claim = read(find(str(workplace / "weights.yaml")))
    assert (claim.name, claim.size, claim.figures) == ("weights", "cpu", ("doubled", "size", "episodes"))
    assert claim.kind("alone") == claim.kind("weights") == "weights"
    long = read(workplace / "weights.yaml", "long")
    assert "steps=9" in long.train and "steps=6" in claim.train and long.rows == claim.rows
    assert committed(workplace / "weights.yaml") == workplace / "results" / "weights.json"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("fast.size > slow.size", "fast.size > slwo.size", "edited.yaml: unknown row.*Did you mean 'slow'"),
        ("fast.size > slow.size", "fast.siez > slow.size", "unknown figure 'siez'.*Did you mean 'size'"),
        ("published.fast.size", "published.slow.sizes", "unknown published figure"),
        ("published: {fast:", "published: {fsat:", "unknown row of the claim 'fsat'"),
        ("minutes: 0.1", "minuets: 0.1", "Did you mean 'minutes'"),
        ("minutes: 0.1", "minutes: soon", "minutes = 'soon' is not a finite float"),
        ("about: a high rate", "data: tset", "Did you mean 'test'"),
        ("{subject: nothing}", "{train: [], checkpoint: x}", "either `train` or `checkpoint`"),
        ("test: {make:", "test: {path: x, make:", "has either `make`"),
        ("    figures: {doubled: size}", "", "names the `figures`"),
        ("place: Table 1", "", "place"),
        ("about: Faster", "about: [Faster", "cannot be read"),
    ],
)
def test_what_does_not_fit_names_the_file(workplace, before, after, message):
    with pytest.raises(InputError, match=message):
        read(edited(workplace, before, after))


def test_unknown_names_get_the_nearest(workplace):
    with pytest.raises(UnknownNameError, match=r"unknown size of weights 'lnog'. Did you mean 'long'"):
        read(workplace / "weights.yaml", "lnog")
    with pytest.raises(UnknownNameError, match="A claim of your own is a path"):
        find("no_such_claim")
    with pytest.raises(InputError, match="there is no claim at"):
        find("missing.yaml")


@pytest.mark.parametrize("name", claims())
def test_every_claim_of_this_installation_can_be_read_in_all_sizes(name):
    path = find(name)
    claim = read(path)
    for size in claim.sizes:
        sized = read(path, size)
        assert sized.size == size and sized != claim
    assert claim.holds or claim.note, "a claim says what must hold, or why nothing can"


def test_sizes_are_laid_over():
    assert overlay({"a": {"b": 1, "c": [1, 2]}, "d": 3}, {"a": {"c": [4]}, "d": None}) == {"a": {"b": 1, "c": [4]}}
