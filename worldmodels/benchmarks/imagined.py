"""What an imagined environment costs beside the bare network that it steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from gymnasium.vector import SyncVectorEnv

from worldmodels.benchmarks.timing import least_within
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.imagined import ImaginedEnv, ImaginedVectorEnv
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy

TARGETS = {1: 1.50, 64: 1.10, 1024: 1.03}
"""The most that a step may cost beside the bare network, by batch size."""

SPEED_UP = 10.0
"""The least by which the native environment beats Gymnasium's `SyncVectorEnv` over 64."""

LAYOUTS = 8
"""How often model and environment are made anew: where memory happens to lie moves a step of 1024 by some percent."""

Array = np.ndarray[Any, Any]


def run(seconds: float = 12.0) -> list[dict[str, Any]]:
    """Time everything on one thread.

    Args:
        seconds: How long each case may take.

    Returns:
        Rows of case, value, unit, baseline, ratio, target and met.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = [_beside_the_network(batch, target, seconds) for batch, target in TARGETS.items()]
        return [*rows, _beside_gymnasium(64, seconds)]
    finally:
        torch.set_num_threads(threads)


def _beside_the_network(batch: int, target: float, seconds: float) -> dict[str, Any]:
    """A step with features and the reward head, and the same network in a loop without anything around it."""
    actions = _actions(batch)
    sides = (_seconds_beside_the_network(batch, actions, seconds / LAYOUTS) for _ in range(LAYOUTS))
    ours, bare = map(min, zip(*sides, strict=True))
    return {
        "case": f"step of {batch} beside the bare network",
        "value": ours / len(actions) * 1e6,
        "unit": "us",
        "baseline": bare / len(actions) * 1e6,
        "ratio": ours / bare,
        "target": target,
        "met": ours / bare <= target,
    }


def _seconds_beside_the_network(batch: int, actions: list[Array], seconds: float) -> list[float]:
    model = _toy()
    env = ImaginedVectorEnv(model, batch, **_settings())
    env.reset(seed=0)
    return least_within([lambda: _play(env, actions), _bare_loop(model, actions)], seconds)


def _beside_gymnasium(batch: int, seconds: float) -> dict[str, Any]:
    model, actions = _toy(), _actions(batch)[:2]
    native = ImaginedVectorEnv(model, batch, **_settings())
    sync = SyncVectorEnv([lambda: ImaginedEnv(model, **_settings())] * batch)
    native.reset(seed=0)
    sync.reset(seed=0)
    ours, theirs = least_within([lambda: _play(native, actions), lambda: _play(sync, actions)], seconds)
    return {
        "case": f"step of {batch} beside SyncVectorEnv",
        "value": ours / len(actions) * 1e6,
        "unit": "us",
        "baseline": theirs / len(actions) * 1e6,
        "ratio": theirs / ours,
        "target": SPEED_UP,
        "met": theirs / ours >= SPEED_UP,
    }


def _toy() -> Toy:
    model = Toy(WorldSpec((3, 64, 64), Box(-1, 1, (4,)))).eval()
    attach_heads(model, {"reward": HeadConfig("reward")})
    return model


def _settings() -> dict[str, Any]:
    """No episode ends while the clock runs."""
    return {"starts": np.zeros((1, 1, 64, 64, 3), np.uint8), "observation": "features", "horizon": 10**9}


def _actions(batch: int) -> list[Array]:
    rng = np.random.default_rng(0)
    # Short turns, so that in many of them nothing else disturbs either side.
    return list(rng.uniform(-1, 1, (max(5, min(100, 1_280 // batch)), batch, 4)).astype(np.float32))


def _play(env: Any, actions: list[Array]) -> None:
    for action in actions:
        env.step(action)


def _bare_loop(model: Toy, actions: list[Array]) -> Callable[[], None]:
    head = model.heads.named("reward")
    start = torch.zeros(len(actions[0]), model.config.state)

    @torch.no_grad()
    def loop() -> None:
        state = start
        for action in actions:
            state = model.transition(torch.cat([state, torch.from_numpy(action)], -1))
            state.numpy()
            head.network(state).squeeze(-1).numpy()

    return loop
