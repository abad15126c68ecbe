"""TorchRL takes imagined environments; it needs an older tensordict than we pin, so `.ci/torchrl` runs this."""

import importlib
import sys
from pathlib import Path

import pytest

from worldmodels.checkpoints.shipped import shipped

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_torchrls_own_check_passes(monkeypatch):
    pytest.importorskip("torchrl", reason="torchrl is not installed; .ci/torchrl runs this with it")
    pytest.importorskip("worldmodels_envs")
    if "vrnn" not in shipped() or not EXAMPLES.is_dir():
        pytest.skip("it steps the model that worldmodels-vrnn brings, as the repository's example does")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    example = importlib.import_module("torchrl_env")
    env = example.make(str(shipped()["vrnn"]), number=3, horizon=4)
    sys.modules["torchrl.envs.utils"].check_env_specs(env)
    steps = env.rollout(6, break_when_any_done=False)
    assert steps.batch_size == (3, 6) and steps["next", "truncated"].sum() == 3  # one end each, then a new episode
