"""A claim killed at any moment goes on, and ends as an unbroken one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from worldmodels.claims.outcome import read_outcomes

SCRIPT = Path(__file__).with_name("reproduce.py")


def figures(folder):
    rows = read_outcomes(folder / "weights" / "outcome.json")["cpu"].rows
    return {name: {seed: found.figures for seed, found in row.seeds.items()} for name, row in rows.items()}


@pytest.mark.slow
def test_a_killed_claim_ends_as_an_unbroken_one(workplace, site):
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    folders = [workplace / name for name in ("unbroken", "killed")]
    words = [sys.executable, "-W", "ignore", str(SCRIPT), "weights.yaml", *map(str, folders), "0"]
    done = subprocess.run(words, env={**os.environ, "PYTHONPATH": path}, cwd=workplace, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["first"] == told["last"] == 1 and told["kills"] >= 3
    assert figures(folders[1]) == figures(folders[0])
    assert not list(folders[1].rglob("*.draft"))
