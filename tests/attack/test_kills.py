"""Killed at any moment, a verb that is called again ends as one that was never killed, and leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from attacks import COUNT, SEED

KILLS = 50 if COUNT else 3
WORDS = {
    "train": "train data.path=DATA model=srvp trainer=cpu trainer.threads=1 steps=6 batch_size=2 length=4 save_every=2 "
    "held_out=0 model.config={state: 4, encoding: 8} out=OUT",
    "learn": "learn checkpoint=CHECKPOINT starts=DATA reward.head=distance environments=4 episodes=4 horizon=4 "
    "ppo.total_timesteps=256 ppo.n_steps=8 ppo.batch_size=16 ppo.n_epochs=1 ppo.save_every=2 out=OUT",
    "evaluate": "evaluate prediction checkpoints=CHECKPOINT data=DATA context=2 horizon=2 samples=2 videos=2 out=OUT",
}


def split(line: str) -> list[str]:
    words, depth = [""], 0
    for character in line:
        depth += (character in "{[") - (character in "}]")
        if character == " " and not depth:
            words.append("")
        else:
            words[-1] += character
    return words


@pytest.mark.slow
@pytest.mark.parametrize("verb", WORDS)
def test_killed_and_called_again(verb, place, tmp_path):
    words = [
        w.replace("DATA", str(place.data)).replace("CHECKPOINT", str(place.checkpoint)) for w in split(WORDS[verb])
    ]
    script = Path(__file__).with_name("kills.py")
    arguments = [verb, str(tmp_path), str(KILLS), str(SEED), *words]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    found = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, env=environment)
    assert found.returncode == 0, found.stderr
    outcome = json.loads(found.stdout.splitlines()[-1])
    assert outcome["last"] == 0 and outcome["same"] and outcome["left over"] == [], outcome
    assert outcome["kills"] >= 1
