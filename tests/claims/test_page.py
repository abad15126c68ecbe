import pytest

from worldmodels.claims.catalogue import committed, read
from worldmodels.claims.claim import CPU
from worldmodels.claims.outcome import Measured, Outcome, RowOutcome, SeedOutcome, read_outcomes, write_outcomes
from worldmodels.claims.page import CLAIM_FOLDERS, page, repository


@pytest.fixture
def root():
    found = repository()
    if found is None:
        pytest.skip("only the repository has the claims of all packages")
    return found


def test_the_page_is_written_from_the_committed_rows(root):
    assert (root / "docs" / "claims.md").read_text() == page(root), "worldmodels reproduce record=true writes the page"


def test_committed_outcomes_are_of_their_claims_and_judged_anew(root):
    for path in sorted(path for pattern in CLAIM_FOLDERS for path in root.glob(f"{pattern}/*.yaml")):
        for size, outcome in read_outcomes(committed(path)).items():
            assert outcome == outcome.judged(read(path, size)), f"{path.stem}, size={size}: record it anew"


def test_a_page_shows_rows_papers_figures_and_what_does_not_hold(workplace):
    folder = workplace / "configs" / "claim"
    folder.mkdir(parents=True)
    (workplace / "weights.yaml").rename(folder / "weights.yaml")
    empty = page(workplace)
    assert "not measured" in empty and "`worldmodels reproduce weights`: 0.1 CPU minutes." in empty
    claim = read(folder / "weights.yaml")
    seeds = {
        str(n): SeedOutcome({"size": Measured(400.0 + n), "doubled": Measured(800.0)}, "a machine", "2026-11-24", 3.0)
        for n in (0, 1)
    }
    rows = {
        "fast": RowOutcome.over(seeds),
        "slow": RowOutcome({"size": Measured(90.0)}, {}, "another", "2026-11-20", None, "old.py"),
    }
    write_outcomes(committed(folder / "weights.yaml"), "weights", {CPU: Outcome(rows).judged(claim)})
    text = page(workplace)
    assert "| row | doubled | size | paper | seeds | CPU s |" in text
    assert "| `fast`, a high rate | 800 | 400.5 (400.0 to 401.0) | 1,000,000 | 0, 1 | 3 |" in text
    assert "As large as published (`fast.size >= published.fast.size`): **does not hold**" in text
    assert (
        "| Faster learning makes larger weights. | Nobody (2026) | in part |" in text
        and "another, 2026-11-20, by `old.py`." in text
    )
