import gymnasium
import numpy as np
import pytest

from tests.imagined.conftest import SIZE, make_model
from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
from worldmodels.data.clips import ClipSampler
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels.imagined import (
    ClipStarts,
    EnvironmentStarts,
    EpisodeStarts,
    GivenStarts,
    ImaginedVectorEnv,
    Start,
)
from worldmodels.imagined.origin import find_starts
from worldmodels.worlds import World

BOX = gymnasium.spaces.Box(-1, 1, (2,))


class Counter(gymnasium.Env):
    """Frames filled with the number of the step, plus 100 for an odd seed; ends after `length` steps."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, length=5, image=True, size=SIZE, render_mode=None):
        self.length, self.size, self.image, self.render_mode = length, size, image, render_mode
        pixels = gymnasium.spaces.Box(0, 255, (size, size, 3), np.uint8)
        self.observation_space = pixels if image else gymnasium.spaces.Box(-1, 1)
        self.action_space = BOX

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time, self.base = 0, 100 * ((seed or 0) % 2)
        return self._observe(), {}

    def step(self, action):
        assert self.action_space.contains(action)
        self.time += 1
        return self._observe(), 0.0, self.time >= self.length, False, {}

    def render(self):
        return np.full((self.size, self.size, 3), self.base + self.time, np.uint8)

    def _observe(self):
        return self.render() if self.image else np.zeros(1, np.float32)


@pytest.fixture
def registered():
    gymnasium.register("tests/Counter-v0", Counter)
    yield "tests/Counter-v0"
    del gymnasium.registry["tests/Counter-v0"]


@pytest.fixture
def store(tmp_path):
    """Three episodes of 4, 6 and 8 frames; frame t of episode e is filled with 20 e + t, action t with t / 10."""
    with EpisodeWriter(tmp_path / "store", action_space=BOX, fps=10.0) as writer:
        for e, steps in enumerate((3, 5, 7)):
            levels = (20 * e + np.arange(steps + 1)).astype(np.uint8)
            writer.add(
                Episode(
                    frames=np.broadcast_to(levels[:, None, None, None], (steps + 1, SIZE, SIZE, 3)).copy(),
                    actions=np.repeat(np.arange(steps)[:, None] / 10, 2, 1).astype(np.float32),
                    rewards=np.zeros(steps),
                    terminated=np.arange(steps) == steps - 1,
                    truncated=np.zeros(steps, bool),
                )
            )
    return tmp_path / "store"


def levels(start):
    return start.frames[..., 0, 0, 0].astype(int)


def test_recorded_starts_are_never_an_end(store):
    start = EpisodeStarts(EpisodeStore(store), context=3).sample(300, np.random.default_rng(0))
    drawn = levels(start)
    assert start.frames.shape == (300, 3, SIZE, SIZE, 3) and start.actions.shape == (300, 2, 2)
    assert (np.diff(drawn) == 1).all()
    assert set(drawn[:, -1]) == {2, 22, 23, 24, 42, 43, 44, 45, 46}
    assert np.allclose(start.actions[..., 0] * 10, drawn[:, :-1] % 20)


def test_the_first_frames_only(store):
    start = EpisodeStarts(EpisodeStore(store), context=5, first=True).sample(50, np.random.default_rng(0))
    assert set(levels(start)[:, 0]) == {20, 40}


def test_any_clip_sampler(store):
    start = ClipStarts(ClipSampler(EpisodeStore(store), 4)).sample(9, np.random.default_rng(0))
    assert start.frames.shape[:2] == (9, 3) and start.actions.shape == (9, 2, 2)
    with pytest.raises(InputError, match="at least 2 frames"):
        ClipStarts(ClipSampler(EpisodeStore(store), 1)).sample(2, np.random.default_rng(0))


@pytest.mark.parametrize("image", [True, False])
@pytest.mark.parametrize("context", [1, 3])
def test_live_starts(image, context):
    starts = EnvironmentStarts(Counter(image=image, render_mode="rgb_array"), (SIZE, SIZE), context)
    start = starts.sample(20, np.random.default_rng(0))
    again = starts.sample(20, np.random.default_rng(0))
    assert set(levels(start)[:, 0]) == {0, 100} and (np.diff(levels(start)) == 1).all()
    assert start.frames.shape == (20, context, SIZE, SIZE, 3) and np.array_equal(start.frames, again.frames)
    assert start.actions is None if context == 1 else np.array_equal(start.actions, again.actions)


def test_live_frames_are_resized():
    start = EnvironmentStarts(Counter(size=72), (SIZE, SIZE)).sample(2, np.random.default_rng(0))
    assert start.frames.shape == (2, 1, SIZE, SIZE, 3)


def test_live_starts_that_cannot_be():
    with pytest.raises(InputError, match="ended within 6 frames"):
        EnvironmentStarts(Counter(length=5), context=6).sample(1, np.random.default_rng(0))
    with pytest.raises(InputError, match="made with render_mode='rgb_array'"):
        EnvironmentStarts(Counter(image=False))


def test_given_starts_keep_their_actions():
    frames = np.arange(4, dtype=np.uint8)[:, None, None, None, None].repeat(2, 1)
    actions = {"a": np.arange(4)[:, None], "b": (np.arange(4)[:, None] * 2,)}
    start = GivenStarts(Start(frames, actions)).sample(30, np.random.default_rng(0))
    assert set(levels(start)[:, 0]) == {0, 1, 2, 3}
    assert np.array_equal(start.actions["a"][:, 0], levels(start)[:, 0])
    assert np.array_equal(start.actions["b"][0][:, 0], 2 * levels(start)[:, 0])
    with pytest.raises(InputError, match="not a single start"):
        GivenStarts(Start(frames[:0]))


@pytest.mark.parametrize("how", ["path", "str", "store", "sampler", "env", "id"])
def test_whatever_starts_may_be(how, store, registered):
    given = {
        "path": store,
        "str": str(store),
        "store": EpisodeStore(store),
        "sampler": ClipSampler(EpisodeStore(store), 4),
        "env": Counter(),
        "id": registered,
    }[how]
    env = ImaginedVectorEnv(make_model(), 6, starts=given, context=3, observation="features")
    observation, _ = env.reset(seed=0)
    assert len(np.unique(observation, axis=0)) > 1
    assert np.array_equal(observation, env.reset(seed=0)[0])


@pytest.mark.parametrize("image", [True, False])
def test_a_worlds_starts_are_its_own_frames(image, registered):
    world = World(
        registered, {"image": image, "size": 50}, frame="observation" if image else "render", size=(SIZE, SIZE)
    )
    start = find_starts(world, make_model().spec, 2, {}).sample(3, np.random.default_rng(0))
    assert start.frames.shape == (3, 2, SIZE, SIZE, 3) and (np.diff(levels(start)) == 1).all()
    with pytest.raises(InputError, match=r"gives frames \(50, 50, 3\).*world.size=\[36,36\] makes them fit"):
        find_starts(World(registered, {"size": 50}, size=None), make_model().spec, 2, {})


@pytest.mark.parametrize("key", ["data", "data sets", "world"])
def test_a_checkpoint_remembers_where_it_trained(key, store, registered):
    world = World(registered, {"length": 9}, size=(SIZE, SIZE)).to_json()
    provenance = {
        "data": {"data": str(store), "world": world},
        "data sets": {"data": ["/gone", str(store)]},
        "world": {"data": ["/gone"], "world": world},
    }[key]
    starts = find_starts(None, make_model().spec, 2, provenance)
    assert isinstance(starts, EnvironmentStarts if key == "world" else EpisodeStarts)
    assert starts.sample(2, np.random.default_rng(0)).frames.shape == (2, 2, SIZE, SIZE, 3)


@pytest.mark.parametrize(
    ("provenance", "error", "message"),
    [
        ({}, InputError, "does not say where"),
        ({"data": "/gone"}, InputError, "'/gone', not found"),
        ({"data": ["/gone"], "world": {"id": "no/Env-v0"}}, UnknownNameError, "'no/Env-v0'"),
        ({"world": {"id": "os:path"}}, CheckpointError, "would import a package"),
        ({"world": {"kwargs": 3}}, CheckpointError, "no 'id'"),
        ({"world": {"id": "CartPole-v1", "frame": "render"}}, InputError, "gives frames"),
        (
            {"world": {"id": "worldmodels/Imagined-v0", "kwargs": {"checkpoint": "me/it"}}},
            CheckpointError,
            "may name a file",
        ),
    ],
    ids=str,
)
def test_a_checkpoint_that_does_not(provenance, error, message):
    with pytest.raises(error, match=message):
        find_starts(None, make_model().spec, 1, provenance)


@pytest.mark.parametrize("how", ["env", "id"])
def test_starts_of_a_world_with_other_actions_are_refused(how, registered):
    model = make_model(action_space=gymnasium.spaces.Discrete(5))
    with pytest.raises(InputError, match=r"the world's actions are Box.*the model is for Discrete\(5\)"):
        find_starts(Counter() if how == "env" else registered, model.spec, 1, {})


def test_unknown_names_suggest_near_ones(registered, tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'tests/Counter-v0'"):
        find_starts("tests/Count-v0", make_model().spec, 1, {})
    with pytest.raises(InputError, match="no episode store"):
        find_starts(tmp_path, make_model().spec, 1, {})
