"""Rows in parallel give what rows one after the other give."""

import os

import pytest

from worldmodels.claims.command import run
from worldmodels.claims.outcome import read_outcomes
from worldmodels.errors import InputError

pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="hydra's joblib launcher is an extra")


@pytest.fixture(autouse=True)
def path(site, monkeypatch):
    """Workers are processes of their own, which find the plugins by PYTHONPATH."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]))


def figures(path):
    return {name: row.figures for name, row in read_outcomes(path / "weights/outcome.json")["cpu"].rows.items()}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_joblib_gives_the_same_rows_and_tells_faults(workplace, capfd):
    run(["weights.yaml", "out=alone"])
    run(["weights.yaml", "out=beside", "launcher=joblib", "launch.n_jobs=2"])
    assert figures(workplace / "beside") == figures(workplace / "alone")
    claim = workplace / "weights.yaml"
    claim.write_text(claim.read_text().replace("optimizer.lr=1e-3", "optimizer.lrr=1"))
    with pytest.raises(InputError, match=r"1 of 3 jobs failed; the others are kept. slow-0: .*Did you mean 'lr'"):
        run(["weights.yaml", "out=beside", "launcher=joblib", "launch.n_jobs=2"])
