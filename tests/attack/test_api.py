"""Calls of the library with nonsense: refused in one line, or they work."""

import shutil
import traceback

import gymnasium as gym
import numpy as np
import pytest
import torch
from attacks import TEXTS, attacked, nonsense
from children import in_child
from hypothesis import given
from hypothesis import strategies as st

import worldmodels
from worldmodels.batch import Batch
from worldmodels.data import ClipSampler, Episode, EpisodeStore, EpisodeWriter, record
from worldmodels.errors import InputError
from worldmodels.heads import HeadConfig
from worldmodels.imagined import ImaginedVectorEnv
from worldmodels.plugins import available, load_class
from worldmodels.rewards import HeadReward, RewardConfig
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment, Stage
from worldmodels.training import TrainConfig, train
from worldmodels.worlds import World

IDS = ["RandomWalk", "RandomWalkReach", "MovingDigits", "MovingShapes", "Dice", "Narratives", "Pendulum", "PhyreVideo"]
IDS += ["Phyre", "CaterSnitch", "CaterPlay", "CaterStills"]
OPTIONS = ["config", "size", "frames", "balls", "digits", "stride", "solutions", "tasks", "levels", "render_scale"]
OPTIONS += ["max_steps", "shapes", "noise", "speed", "seed", "masks", "engine", "part", "radius", "length"]
OPTIONS += ["height", "width", "objects", "variant", "seconds", "attempts", "render_mode", "num_envs"]


@pytest.fixture
def attempt(tally, tmp_path):
    """Notes what becomes of a call of the library, in a process of its own."""
    found = tally("API calls")

    def note(case, function):
        def call() -> int:
            try:
                function()
            except (gym.error.Error, IndexError) as error:  # the latter ends Python's own loops
                raise InputError(str(error)) from error
            except ValueError as error:  # the environments know nothing of this library's errors
                raised = traceback.extract_tb(error.__traceback__)[-1].filename
                if "worldmodels_envs" not in raised and "gymnasium/vector" not in raised:
                    raise
                raise InputError(str(error)) from error
            return 0

        found.note(case, in_child(call, tmp_path / "here"))

    yield note
    found.settle()


@pytest.mark.parametrize("name", IDS)
def test_options_of_environments(attempt, name):
    @attacked(0.7 / len(IDS), few=2)
    @given(st.dictionaries(st.sampled_from(OPTIONS), nonsense, min_size=1, max_size=2), nonsense, nonsense)
    def attack(options, seed, action):
        def use():
            env = World(f"worldmodels_envs:worldmodels/{name}-v0", options, size=None, max_steps=3).make()
            env.reset(seed=0)
            env.step(env.action_space.sample())
            env.close()

        attempt((name, options), use)

    attack()


@pytest.mark.parametrize("name", IDS)
def test_use_of_environments(attempt, name):
    """Made as they are, then reset and stepped with nonsense, alone and as a vector."""

    @attacked(0.2 / len(IDS), few=2)
    @given(st.booleans(), nonsense, st.none() | nonsense, nonsense)
    def attack(several, seed, options, action):
        def use():
            id = f"worldmodels_envs:worldmodels/{name}-v0"
            env = gym.make_vec(id, 2) if several else gym.make(id, disable_env_checker=True).unwrapped
            env.reset(seed=0)
            if isinstance(env, gym.vector.SyncVectorEnv):  # Gymnasium's own reads actions and options as it does
                env.reset(seed=seed, options=options if isinstance(options, dict) else None)
            elif action is None:
                env.reset(seed=seed, options=options)
            else:
                env.step(action)

        attempt((name, several, seed, options, action), use)

    attack()


SETTINGS = ["horizon", "num_envs", "observation", "temperature", "autoreset_mode", "context", "disagreement", "starts"]
SETTINGS += ["reward", "termination", "sample_termination", "render_mode", "device"]


@pytest.fixture(scope="module")
def model(place):
    return worldmodels.load(place.checkpoint)


def imagined(model, place, settings):
    given = {"num_envs": 2, "horizon": 3, "starts": str(place.data), "reward": HeadReward("distance", -1.0), **settings}
    return ImaginedVectorEnv(model, **given)


def test_imagined_environments(model, place, attempt):
    @attacked(0.25, few=3)
    @given(st.dictionaries(st.sampled_from(SETTINGS), nonsense, max_size=2), nonsense, nonsense, st.none() | nonsense)
    def attack(settings, action, seed, options):
        def use():
            env = imagined(model, place, settings)
            env.reset(seed=seed, options=options)
            env.step(action)

        attempt((settings, action, seed, options), use)

    attack()


shapes = st.lists(st.integers(0, 5), max_size=5).map(tuple) | st.sampled_from([(2, 3, 3, 64, 64), (2, 2, 5), (2, 5)])
tensors = st.builds(
    lambda shape, dtype, fill: torch.full(shape, fill, dtype=dtype),
    shapes,
    st.sampled_from([torch.float32, torch.float64, torch.float16, torch.int64, torch.bool, torch.complex64]),
    st.sampled_from([0, 1]),
)
floats = st.builds(lambda shape, fill: torch.full(shape, fill), shapes, st.sampled_from([0.0, 1.5, float("nan"), -1.0]))
things = nonsense | tensors | floats


def test_a_models_contract(model, attempt):
    frames, actions = torch.rand(2, 3, *model.spec.frame_shape), torch.zeros(2, 2, model.codec.dim)
    belief = model.observe(frames, actions)
    right = {
        "observe": {"frames": frames, "actions": actions},
        "imagine": {"belief": belief, "actions": actions},
        "step": {"belief": belief, "action": actions[:, 0]},
        "render": {"belief_or_rollout": belief},
        "features": {"belief_or_rollout": belief},
    }
    more = {"observe": ["belief", "generator", "temperature"], "imagine": ["horizon", "generator", "temperature"]}
    calls = st.sampled_from(sorted(right)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.dictionaries(st.sampled_from([*right[name], *more.get(name, [])]), things, min_size=1, max_size=2),
        )
    )

    @attacked(0.2, few=3)
    @given(calls)
    def attack(case):
        name, changes = case
        attempt(case, lambda: getattr(model, name)(**{**right[name], **changes}))

    attack()


@pytest.mark.parametrize("name", sorted(available()))
def test_configs_of_models(attempt, name):
    """A model of nonsense, and a step of its training and imagination where it is taken."""
    cls = load_class(name)
    from worldmodels.config import hints_of

    names = sorted(hints_of(cls.Config))
    actions = gym.spaces.Discrete(3)

    @attacked(0.4 / len(available()), few=2)
    @given(st.dictionaries(st.sampled_from(names), nonsense, min_size=1, max_size=2), st.booleans())
    def attack(config, acting):
        def use():
            preset = "tiny" if "tiny" in cls.presets else None
            made = worldmodels.create(
                name, WorldSpec((3, 32, 32), actions if acting else None), preset=preset, config=config
            )
            length = max(4, made.minimum_frames)
            if length > 16:  # legitimate, and long
                return
            taken = torch.zeros(2, length - 1, made.codec.dim) if acting else None
            batch = Batch(torch.rand(2, length, 3, 32, 32), taken)
            made.prepare(batch)
            stage = next(iter(made.stages), Stage("training", 1.0))
            turns = stage.turns or (None,)
            made.losses(batch, Moment(0, 1, stage.name, 0.0, turns[0]))["total"].backward()

        attempt((name, config, acting), use)

    attack()


def episodes(place):
    return EpisodeStore(place.data)


whole = st.sampled_from([-(2**63), -1, 0, 1, 2, 3, 5, 10**30]) | st.none()
real = st.sampled_from([float("nan"), float("inf"), -1e300, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, 1e300])
texts = st.sampled_from(TEXTS) | st.text(max_size=20)
truth = st.booleans()
pairs = st.lists(whole, max_size=4).map(tuple) | st.none()
arrays = st.builds(
    lambda shape, dtype, fill: np.full(shape, fill, dtype),
    shapes | st.sampled_from([(3, 8, 8, 3), (2,), (3,), (2, 1)]),
    st.sampled_from(["u1", "i8", "f4", "?", "c8", "U2", "O"]),
    st.sampled_from([0, 1]),
)
mappings = st.dictionaries(texts, nonsense, max_size=3)


def small(place):
    return worldmodels.create("srvp", EpisodeStore(place.data).spec, config={"state": 4, "encoding": 8})


CALLS = {
    "spec": (WorldSpec, {"frame_shape": pairs, "fps": real | whole}, lambda p, o: {"frame_shape": (3, 8, 8)}),
    "world": (
        lambda **given: World(**given).make().reset(seed=0),
        {"id": texts, "kwargs": mappings, "frame": texts, "size": pairs, "crop": pairs, "grey": truth}
        | {"repeat": whole, "stack": whole, "max_steps": whole, "success": texts},
        lambda p, o: {"id": "CartPole-v1", "frame": "render"},
    ),
    "head": (
        HeadConfig,
        {"target": texts, "weight": real, "hidden": whole, "layers": whole, "loss": texts, "unit": real},
        lambda p, o: {"target": "distance"},
    ),
    "reward": (
        lambda **given: RewardConfig(**given).build(),
        {"kind": texts, "head": texts, "scale": real, "bonus": texts, "constant": real},
        lambda p, o: {},
    ),
    "create": (
        worldmodels.create,
        {"name": texts, "preset": texts, "config": mappings},
        lambda p, o: {"name": "srvp", "spec": WorldSpec((3, 32, 32))},
    ),
    "load": (worldmodels.load, {"source": texts, "device": texts}, lambda p, o: {"source": p.checkpoint}),
    "clips": (
        lambda **given: ClipSampler(**given).sample(2, np.random.default_rng(0)),
        {"length": whole.filter(lambda n: n is not None), "columns": st.lists(texts), "span": whole, "least": whole}
        | {"rare": real},
        lambda p, o: {"episodes": EpisodeStore(p.data), "length": 3},
    ),
    "record": (
        lambda **given: record(**{"episodes": 1, "policy": None, **given}),
        {"seed": st.integers(-3, 2**70), "signals": st.lists(texts), "max_steps": whole, "frame": texts, "size": pairs}
        | {"actions": truth, "episodes": st.integers(-2, 2), "processes": st.integers(-2, 1), "launcher": texts},
        lambda p, o: {"env": World.named("reach"), "path": o, "seed": 0},
    ),
    "write": (
        lambda path, **given: EpisodeWriter(path).add(Episode(**given)),
        {"frames": arrays, "actions": arrays, "rewards": arrays, "terminated": arrays, "truncated": arrays}
        | {"signals": st.dictionaries(texts, arrays, max_size=2), "seed": st.integers(-3, 2**70)},
        lambda p, o: {"path": o, "frames": np.zeros((3, 8, 8, 3), np.uint8)},
    ),
    "train": (
        lambda place, out, **given: train(
            small(place), EpisodeStore(place.data), out, TrainConfig(**given), progress=False
        ),
        {"batch_size": whole, "length": whole, "held_out": real, "save_every": whole, "seed": whole, "span": whole}
        | {"optimizer": mappings, "trainer": mappings, "rare": real, "open_loop": whole},
        lambda p, o: {"place": p, "out": o, "steps": 1, "batch_size": 2, "length": 4, "held_out": 0.0},
    ),
    "subset": (
        lambda store, which: store.subset(which),
        {"which": st.lists(st.integers(-9, 9)) | st.lists(truth, max_size=7)},
        lambda p, o: {"store": EpisodeStore(p.data), "which": []},
    ),
    "episode": (
        lambda store, which: store[which],
        {"which": st.integers(-(2**70), 2**70)},
        lambda p, o: {"store": EpisodeStore(p.data), "which": 0},
    ),
}
"""Functions, the values of their arguments' types that they are tried with, and what else they are given."""


@pytest.mark.parametrize("name", CALLS)
def test_calls(place, attempt, tmp_path, name):
    function, arguments, rest = CALLS[name]
    changes = st.sets(st.sampled_from(sorted(arguments)), min_size=1).flatmap(
        lambda names: st.fixed_dictionaries({name: arguments[name] for name in sorted(names)})
    )
    out = tmp_path / "here" / "out"

    @attacked(0.3 / len(CALLS), few=2)
    @given(changes)
    def attack(changes):
        attempt((name, changes), lambda: function(**{**rest(place, out), **changes}))
        shutil.rmtree(out, ignore_errors=True)

    attack()


@pytest.mark.parametrize("kind", ["single", "vector", "imagined"])
def test_a_closed_environment_does_not_step(model, place, kind):
    if kind == "imagined":
        env = imagined(model, place, {})
    elif kind == "vector":
        env = World.named("reach").make_vec(2)
    else:
        env = World.named("reach").make().unwrapped
    env.reset(seed=0)
    action = env.action_space.sample()
    env.close()
    with pytest.raises(gym.error.ResetNeeded):
        env.step(action)


@pytest.mark.parametrize("action", [1.5, None, "1", -1, 99, np.nan, [0], 10**30])
def test_actions_that_are_none(action):
    env = World.named("reach").make().unwrapped
    env.reset(seed=0)
    with pytest.raises(gym.error.InvalidAction):
        env.step(action)
