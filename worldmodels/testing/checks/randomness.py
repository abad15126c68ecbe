"""What it says of where randomness comes from."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import Tensor

from worldmodels.testing.case import Case, require
from worldmodels.testing.checks.registry import check


@check
def check_same_seed_same_rollout(case: Case) -> None:
    """All randomness comes from the generator, and PyTorch's, NumPy's and Python's own stay as they are."""
    require(
        torch.equal(_drawn(case, 1), _drawn(case, 2)),
        "the same generator seed gives two different rollouts",
        "all randomness comes from `generator` (use the Noise that is handed to you), bit for bit on a CPU",
    )


def _drawn(case: Case, world: int) -> Tensor:
    """A rollout with a fixed generator, in a world whose global generators are anywhere."""
    with torch.random.fork_rng(devices=[]):
        states = random.getstate(), np.random.get_state()
        torch.manual_seed(world), random.seed(world), np.random.seed(world)
        before = _global_states()
        generator = torch.Generator().manual_seed(7)
        belief = case.observe(generator=generator, temperature=1.0)
        result = case.read(case.imagine(belief, generator=generator, temperature=1.0))
        untouched = _global_states() == before
        random.setstate(states[0]), np.random.set_state(states[1])
    require(
        untouched,
        "observe or imagine draws from a global random generator although one was given",
        "all randomness comes from `generator`",
    )
    return result


def _global_states() -> tuple[bytes, bytes, str]:
    numpy_state = np.random.get_state(legacy=False)
    return torch.get_rng_state().numpy().tobytes(), str(numpy_state).encode(), str(random.getstate())


@check
def check_temperature_zero_is_deterministic(case: Case) -> None:
    """Temperature 0 means the means: the generator does not matter."""
    outcomes = []
    for seed in (1, 2):
        generator = torch.Generator().manual_seed(seed)
        outcomes.append(case.read(case.imagine(case.observe(generator=generator), generator=generator)))
    require(
        torch.equal(*outcomes),
        "at temperature 0 another generator seed gives another rollout",
        "temperature scales the noise of every latent; 0 means the means",
    )
