"""`worldmodels plan`: a planner in a checkpoint's imagination, acting in a real environment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

import cv2
from torch import Tensor

import worldmodels
from worldmodels.cli.options import read
from worldmodels.cli.table import show_table
from worldmodels.config import convert_setting
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels.imagined.origin import open_model
from worldmodels.limits import Count, Device, Seed, Share
from worldmodels.rewards import HeadTermination, RewardConfig
from worldmodels.worlds.choice import WorldOptions, world_of
from worldmodels.worlds.fit import check_fit
from worldmodels_agents import planners
from worldmodels_agents.dreamer import ActorCritic
from worldmodels_agents.measure import measure
from worldmodels_agents.objective import GoalFeatures, Objective

PLANNERS: dict[str, type[planners.Planner]] = {
    "shooting": planners.RandomShooting,
    "cem": planners.CEM,
    "icem": planners.ICEM,
    "mppi": planners.MPPI,
    "gradient": planners.Gradient,
    "tree": planners.TreeSearch,
}


_ELSEWHERE = {"model", "objective", "arguments", "options", "settings", "horizon", "samples", "seed", "return"}
"""What a planner takes that is no entry of `settings`."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions(WorldOptions):
    """Plans in a model's imagination and acts in the real environment, by default the checkpoint's own world.

    Attributes:
        checkpoint: The world model.
        planner: The search.
        reward: What plans are scored by, such as reward.head=distance reward.scale=-1.
        termination: A head that tells when an episode has ended; null if none should be read.
        horizon: Steps looked ahead.
        samples: Plans drawn for each environment in each iteration; beginnings that a tree keeps.
        settings: The planner's other settings, such as settings.iterations=4.
        discount: The weight of a reward falls by this factor each step.
        goal: A picture of the goal; plans are then scored by the distance of features to its own, and by no reward.
        value: The folder of an actor-critic, whose value of a plan's end counts too; see `worldmodels learn`.
        episodes: Real episodes to play.
        environments: How many are played at once.
        seed: Of environments and draws.
        device: Where the model is.
    """

    checkpoint: str
    planner: Literal["shooting", "cem", "icem", "mppi", "gradient", "tree"] = "cem"
    reward: RewardConfig = field(default_factory=RewardConfig)
    termination: str | None = None
    horizon: Count = 8
    samples: Count = 64
    settings: dict[str, Any] = field(default_factory=dict)
    discount: Share = 0.95
    goal: str | None = None
    value: str | None = None
    episodes: Count = 200
    environments: Count = 50
    seed: Seed = 0
    device: Device = "cpu"


def run(words: Sequence[str]) -> None:
    """Plan, act, and print success and return."""
    options = read(PlanOptions, "plan", words, groups=("world",))
    model, provenance = open_model(options.checkpoint, options.device)
    planner = make_planner(model, options)
    env = options.choose(world_of(provenance)).make_vec(min(options.environments, options.episodes))
    check_fit(env, model.spec)
    begun = time.perf_counter()
    results = measure(planner, env, options.episodes, seed=options.seed, label=f"{options.planner} planning")
    gap = ReturnGap(None, results, {"seconds": time.perf_counter() - begun})
    show_table(returns_table({options.planner: gap}, "Real episodes"))


def read_picture(path: str, model: worldmodels.WorldModel) -> Tensor:
    """A picture (channel, height, width) in [0, 1], at the model's size.

    Raises:
        InputError: where there is none that can be read.
    """
    channels, height, width = model.spec.frame_shape
    kind = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR_RGB
    picture = cv2.imread(path, kind)
    if picture is None:
        raise InputError(f"goal={path!r} is no picture that can be read; give a PNG or JPEG file.")
    resized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, channels)
    return to_float(resized[None, None])[0, 0]


def make_planner(model: worldmodels.WorldModel, options: PlanOptions) -> planners.Planner:
    """The planner that the options name."""
    termination = None if options.termination is None else HeadTermination(options.termination)
    value = None if options.value is None else ActorCritic.load(options.value).to(model.device).value
    reward = (
        options.reward.build() if options.goal is None else GoalFeatures.of(model, read_picture(options.goal, model))
    )
    objective = Objective(reward, termination, options.discount, value)
    cls = PLANNERS[options.planner]
    common: dict[str, Any] = {"horizon": options.horizon, "samples": options.samples, "seed": options.seed}
    return cls(model, objective, **common, **_settings(cls, options))


def _settings(cls: type[planners.Planner], options: PlanOptions) -> dict[str, Any]:
    """The planner's own settings, each of the type that the search takes it as."""
    searches = [base for base in cls.__mro__ if issubclass(base, planners.Planner)]
    hints = {name: hint for base in searches for name, hint in get_type_hints(base.__init__).items()}
    own = {name: hint for name, hint in hints.items() if name not in _ELSEWHERE}
    for name in options.settings:
        if name not in own:
            raise UnknownNameError(f"setting of planner {options.planner}", name, own)
    return {name: convert_setting(cls, name, own[name], value) for name, value in options.settings.items()}
