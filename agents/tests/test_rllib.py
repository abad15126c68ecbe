"""RLlib's PPO in imagination, on a Ray cluster of this machine with two remote runners."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from worldmodels.checkpoints.shipped import shipped

EXAMPLE = Path(__file__).parents[2] / "examples" / "rllib_ppo.py"
PATIENT = {
    "RAY_raylet_start_wait_time_s": "250",
    "RAY_agent_register_timeout_ms": "250000",
    "RAY_worker_register_timeout_seconds": "250",
}
"""A busy machine starts Ray's processes slowly."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ppo_improves_on_two_remote_runners():
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    pytest.importorskip("tree", reason="RLlib needs dm-tree, which the extra `ray` brings")
    if "vrnn" not in shipped() or not EXAMPLE.is_file():
        pytest.skip("it learns in the model that worldmodels-vrnn brings, as the repository's example does")
    pytest.importorskip("worldmodels_envs")
    command = [sys.executable, "-W", "ignore", str(EXAMPLE), str(shipped()["vrnn"]), "8"]
    done = subprocess.run(command, env={**os.environ, **PATIENT}, capture_output=True, text=True, timeout=850)
    if "dashboard_agent" in done.stderr or "Timed out waiting for file" in done.stderr:
        pytest.skip("Ray gives its agent 15 s to start, and this machine is too busy for that")
    assert done.returncode == 0, done.stderr[-3000:]
    returns = [float(line) for line in re.findall(r"^(-?\d+\.\d+)$", done.stdout, re.MULTILINE)]
    assert len(returns) == 8
    assert sum(returns[-3:]) / 3 > sum(returns[:2]) / 2 + 1.0
