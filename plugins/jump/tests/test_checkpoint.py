"""The shipped checkpoint is as consistent as it is said to be."""

import json
import math
from importlib.resources import files
from pathlib import Path

import torch

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels_envs import narratives

FOLDER = Path(str(files("worldmodels_jump") / "checkpoint"))


def test_three_targets_say_what_one_does_about_the_colours_entropy_and_samples_differ():
    model = worldmodels.load(FOLDER)
    config = narratives.resolve_config("reaction", shapes=2, leg=2, size=16, radii=(0.125,))
    frames = to_float(torch.from_numpy(narratives.generate(config, 64, config.length, seed=5)["frames"]))

    def views(times):
        return model.views(frames[:, times], torch.tensor(times).float().expand(64, -1))

    with torch.no_grad():
        torch.manual_seed(0)
        one, three = (model.divergence(views([0, 2]), views(times)).mean() for times in ([4], [3, 4, 5]))
        belief = model.observe_at(frames[:, [0, 2]], torch.tensor([0.0, 2.0]).expand(64, -1))
        drawn = torch.stack(
            [
                model.render(model.ask(belief, torch.full((64, 1), 5.0), generator=torch.Generator().manual_seed(seed)))
                for seed in range(30)
            ]
        )[:, :, 0]
    assert abs(three / one - 1) < 0.1
    assert 0.8 < one / math.log(5) < 1.3
    said = json.loads((FOLDER / "config.json").read_text())["provenance"]["figures"]
    assert abs(float(one) - said["kl1"]) < 0.2
    errors = (drawn - frames[:, 5]).square().flatten(2).mean(2).min(0).values.mean()
    assert errors < 0.5 * (drawn.mean(0) - frames[:, 5]).square().mean()
