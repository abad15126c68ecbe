"""Models of different numbers of modules are measured on the same videos and plotted."""

import pytest
import torch

from experiments.module_counts import ablation
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim import VIM

pytest.importorskip("worldmodels_envs.random_walk")


def test_one_figure_for_each_number_of_modules():
    torch.manual_seed(0)
    models = [build(VIM, WorldSpec((3, 32, 32)), "tiny", {"slots": 4, "modules": m}).eval() for m in (3, 1)]
    _, plot, figures = ablation(models, videos=3)
    assert list(figures) == [1, 3]
    assert figures[1]["KL of modules (nats)"]["mean"] == pytest.approx(0, abs=1e-5), "one module leaves no choice"
    assert figures[3]["KL of modules (nats)"]["mean"] > 0 and figures[3]["squared error"]["n"] == 3
    assert b"<svg" in plot
