"""The test set of the paper on moving digits."""

from __future__ import annotations

import numpy as np

from worldmodels_envs.moving_digits.config import MovingDigitsConfig, resolve_config
from worldmodels_envs.moving_digits.digits import load_digits
from worldmodels_envs.moving_digits.simulator import MovingDigitsSimulator
from worldmodels_envs.simulator import Arrays

TEST_SEED = 42
_TEST_LENGTHS = {True: 25, False: 100}


def evaluation_set(
    config: MovingDigitsConfig | str = "stochastic", length: int | None = None, seed: int = TEST_SEED
) -> Arrays:
    """Make SRVP's test set: the test split's digits in random order, each used once.

    With two digits, MNIST's 10,000 make 5000 videos and scikit-learn's 360 make 180.

    Args:
        config: A configuration or a variant's name; its split is set to "test".
        length: Frames per video; None is the paper's, 25 where bounces are stochastic and 100 where not.
        seed: At least 0.

    Returns:
        Arrays as `MovingDigitsSimulator.roll` returns them.

    Raises:
        ValueError: A number is out of range, or there are too few digits for one video.
    """
    config = resolve_config(config, split="test")
    length = _TEST_LENGTHS[config.stochastic] if length is None else length
    if length < 1 or seed < 0:
        raise ValueError(f"length is {length}, must be at least 1; seed is {seed}, must be at least 0")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(load_digits(config).labels))
    videos = len(order) // config.digits
    if not videos:
        raise ValueError(f"digits is {config.digits}, but the test split has only {len(order)} pictures")
    simulator = MovingDigitsSimulator(config, videos)
    simulator.reset(rng)
    simulator.which[:] = order[: videos * config.digits].reshape(videos, config.digits)
    return simulator.run(rng, length)
