"""Killed at any moment, a job that is called again ends as one that was never killed, and leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from attacks import COUNT, SEED
from kills import LINES

JOBS = [*LINES, "files", "features", "export"]
KILLS = 50 if COUNT else 3
QUICK = ("record",)
"""Those of `make test`, where tests/training and tests/claims kill on their own."""


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS if COUNT else QUICK)
def test_killed_and_called_again(job, place, tmp_path, record_property):
    script = Path(__file__).with_name("kills.py")
    arguments = [job, str(tmp_path / "runs"), str(KILLS), str(SEED), str(place.data), str(place.checkpoint)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    found = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, env=environment)
    assert found.returncode == 0, found.stderr
    outcome = json.loads(found.stdout.splitlines()[-1])
    record_property("told", f"kills of {job}, seed {SEED}: {json.dumps(outcome)}")
    assert outcome["same"] and outcome["left over"] == [], (outcome, found.stderr[-3000:])
    assert outcome["kills"] >= KILLS
