import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.data import EpisodeStore, record
from worldmodels.data.policy import PolicySource
from worldmodels.errors import DataError, InputError, UnknownNameError
from worldmodels.worlds import World


class Counter(gym.Env):
    """Shows its clock and its seed; the reward is the action; ends by itself after 3 to 6 steps."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 25}
    observation_space = spaces.Box(0, 255, (4, 6, 3), np.uint8)

    def __init__(self, action_space=None, info=("clock",), render_mode="rgb_array"):
        self.action_space = action_space or spaces.Discrete(5)
        self.info, self.render_mode = info, render_mode
        self.canvas = np.zeros((4, 6, 3), np.uint8)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.clock, self.length = 0, int(self.np_random.integers(3, 7))
        return self._look()

    def step(self, action):
        assert self.action_space.contains(action)
        self.clock += 1
        reward = float(np.sum(action)) if not isinstance(action, dict) else 0.5
        frame, info = self._look()
        return frame, reward, self.clock == self.length, False, info

    def render(self):
        return np.full((8, 12, 3), self.clock, np.uint8)

    def _look(self):
        self.canvas[:] = self.clock  # in place, as many environments do
        return self.canvas, {name: (self.clock, 2.5) for name in self.info}


def test_what_happened_is_what_is_stored(tmp_path):
    store = record(
        Counter(),
        lambda observation: observation[0, 0, 0] % 5,
        4,
        tmp_path / "s",
        seed=0,
        signals=["clock"],
        progress=False,
    )
    assert len(store) == 4 and store.spec.fps == 25 and store.schema.provenance["environment"]
    for episode in store:
        steps = episode.steps
        assert 3 <= steps <= 6 and episode.frames.shape == (steps + 1, 4, 6, 3)
        assert episode.frames[:, 0, 0, 0].tolist() == list(range(steps + 1))
        np.testing.assert_array_equal(episode.signals["clock"][:, 0], np.arange(steps + 1))
        assert episode.actions.tolist() == [t % 5 for t in range(steps)]
        np.testing.assert_array_equal(episode.rewards, episode.actions)
        assert episode.terminated.tolist() == [False] * (steps - 1) + [True] and not episode.truncated.any()
        length = np.random.Generator(np.random.PCG64(np.random.SeedSequence(episode.seed))).integers(3, 7)
        assert steps == length


def test_recording_in_two_pieces_gives_the_same_store(tmp_path):
    whole = record(Counter(), None, 5, tmp_path / "a", seed=3, progress=False)
    record(Counter(), None, 2, tmp_path / "b", seed=3, progress=False)
    pieces = record(Counter(), None, 3, tmp_path / "b", seed=3, progress=False)
    other = record(Counter(), None, 5, tmp_path / "c", seed=4, progress=False)
    for a, b in zip(whole, pieces, strict=True):
        assert a.seed == b.seed
        np.testing.assert_array_equal(a.actions, b.actions)
        np.testing.assert_array_equal(a.frames, b.frames)
    assert not {e.seed for e in whole} & {e.seed for e in other}


class Memory:
    """A policy whose action is how often it was asked since the episode began."""

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        state = 0 if episode_start[0] else state + 1
        return np.int32(state), state


def test_policies_with_a_state_get_it_back(tmp_path):
    store = record(Counter(spaces.Discrete(9)), Memory(), 3, tmp_path / "s", seed=0, progress=False)
    for episode in store:
        assert episode.actions.tolist() == list(range(episode.steps)) and episode.actions.dtype == np.int64


def test_rendered_frames_of_another_size_and_length(tmp_path):
    store = record(Counter(), None, 2, tmp_path / "s", seed=0, frame="render", size=(4, 4), max_steps=2, progress=False)
    assert store[0].frames.shape == (3, 4, 4, 3) and store[0].frames[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert store[1].truncated.tolist() == [False, True] and not store[1].terminated.any()


@pytest.mark.parametrize(
    "space",
    [
        spaces.Box(-1, 1, (2,), np.float32),
        spaces.MultiDiscrete([2, 3]),
        spaces.Box(0, 255, (2,), np.uint8),
        spaces.Dict({"a": spaces.Discrete(2), "b": spaces.Tuple([spaces.Box(0, 1, (1,))])}),
    ],
    ids=str,
)
def test_random_actions_of_other_spaces(tmp_path, space):
    store = record(Counter(space), None, 2, tmp_path / "s", seed=0, progress=False)
    assert store.spec.action_space == space and store[0].actions is not None


def test_frames_drawn_in_place_are_copied_at_their_own_size_too(tmp_path):
    store = record(Counter(), None, 1, tmp_path / "s", seed=0, size=(4, 6), progress=False)
    assert store[0].frames[:, 0, 0, 0].tolist() == list(range(store[0].steps + 1))


class Growing(Counter):
    def _look(self):
        frame, _ = super()._look()
        return frame, {"clock": np.zeros(self.clock)}


def test_signals_that_change_shape_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"clock change shape .* \(0,\) to \(1,\)"):
        record(Growing(), None, 1, tmp_path / "s", seed=0, signals=["clock"], progress=False)


def test_failure_keeps_finished_episodes(tmp_path):
    calls = []

    def fails(observation):
        calls.append(observation)
        if len(calls) > 12:
            raise RuntimeError("a bug in the policy")
        return 0

    with pytest.raises(RuntimeError, match="bug"):
        record(Counter(), fails, 100, tmp_path / "s", seed=0, progress=False)
    store = EpisodeStore(tmp_path / "s")
    assert len(store) >= 1 and store.steps.sum() <= 12
    store.verify()


def test_bad_requests(tmp_path):
    def call(env=None, policy=None, episodes=1, path=tmp_path / "s", seed=0, **options):
        return record(env or Counter(), policy, episodes, path, seed=seed, progress=False, **options)

    with pytest.raises(UnknownNameError, match=r"'clocks'.*'clock'"):
        call(signals=["clocks"])
    with pytest.raises(UnknownNameError, match="render"):
        call(frame="rendered")
    with pytest.raises(InputError, match="render_mode='rgb_array'"):
        call(env=Counter(render_mode=None), frame="render")
    with pytest.raises(InputError, match="not a uint8 image"):
        call(env=gym.make("CartPole-v1"))
    with pytest.raises(InputError, match="outside"):
        call(policy=lambda observation: 7, env=NoCheck())
    with pytest.raises(InputError, match="episodes"):
        call(episodes=0)
    with pytest.raises(InputError, match="seed"):
        call(seed=-1)
    call(path=tmp_path / "t")
    with pytest.raises(DataError, match="not Discrete"):
        call(env=Counter(spaces.Discrete(6)), path=tmp_path / "t")
    with pytest.raises(InputError, match="shape"):
        call(size=(2, 2), path=tmp_path / "t")


@pytest.mark.parametrize(
    ("space", "action"),
    [
        (spaces.Discrete(5), 0.7),
        (spaces.Discrete(5), np.zeros(1, np.int64)),
        (spaces.Discrete(5), None),
        (spaces.Box(-1, 1, (2,)), np.zeros(3)),
        (spaces.Box(0, 255, (1,), np.uint8), np.array([256])),
        (spaces.Dict({"a": spaces.Discrete(2)}), {"b": 1}),
        (spaces.Dict({"a": spaces.Discrete(2)}), 1),
        (spaces.Tuple([spaces.Discrete(2)]), (1, 1)),
    ],
    ids=str,
)
def test_actions_that_do_not_fit_are_refused_before_they_are_stepped(tmp_path, space, action):
    with pytest.raises(InputError, match="does not fit the action space"):
        record(Counter(space), lambda observation: action, 1, tmp_path / "s", seed=0, progress=False)


class NoCheck(Counter):
    def step(self, action):
        return super().step(np.int64(0))


@pytest.fixture
def counter():
    """The id of `Counter`."""
    gym.register("tests/Counter-v1", Counter, disable_env_checker=True)
    yield "tests/Counter-v1"
    del gym.registry["tests/Counter-v1"]


def test_a_world_and_its_environment_give_the_same_store_and_recipe(tmp_path, counter):
    world = World(counter, frame="render", size=(4, 4), max_steps=3)
    made = gym.make(counter, render_mode="rgb_array")
    settings = {"frame": "render", "size": (4, 4), "max_steps": 3}
    stores = [
        record(world, None, 3, tmp_path / "a", seed=1, signals=["clock"], progress=False),
        record(made, None, 3, tmp_path / "b", seed=1, signals=["clock"], progress=False, **settings),
    ]
    assert stores[0].schema.world == stores[1].schema.world == world
    assert EpisodeStore(tmp_path / "a").schema == stores[0].schema
    for a, b in zip(*stores, strict=True):
        np.testing.assert_array_equal(a.frames, b.frames)
        np.testing.assert_array_equal(a.actions, b.actions)
    # the recipe makes what was recorded
    env = stores[0].schema.world.make()
    np.testing.assert_array_equal(env.reset(seed=stores[0][0].seed)[0], stores[0][0].frames[0])


@pytest.mark.parametrize("how", ["world", "environment"])
def test_a_policy_sees_a_worlds_frames_or_an_environments_own_observations(tmp_path, counter, how):
    shapes = set()

    def policy(observation):
        shapes.add(observation.shape)
        return 0

    env = World(counter, frame="render", size=(4, 4)) if how == "world" else Counter()
    settings = {} if how == "world" else {"frame": "render", "size": (4, 4)}
    store = record(env, policy, 1, tmp_path / "s", seed=0, progress=False, **settings)
    assert shapes == {(4, 4, 3) if how == "world" else (4, 6, 3)} and store[0].frames.shape[1:] == (4, 4, 3)


def test_a_store_holds_one_world(tmp_path, counter):
    record(World(counter, size=None), None, 1, tmp_path / "s", seed=0, progress=False)
    with pytest.raises(DataError, match=r"another world \(max_steps None, not 2\)"):
        record(World(counter, size=None, max_steps=2), None, 1, tmp_path / "s", seed=0, progress=False)
    with pytest.raises(InputError, match="settings of its recipe"):
        record(World(counter), None, 1, tmp_path / "s", seed=0, size=(2, 2), progress=False)
    # the package in front of an id registers it, and is no part of the world
    again = World(f"gymnasium:{counter}", size=None)
    assert len(record(again, None, 1, tmp_path / "s", seed=0, progress=False)) == 2
    assert record(Counter(), None, 1, tmp_path / "s", seed=0, progress=False).schema.world.id == counter


def test_videos_alone_have_no_actions(tmp_path):
    videos = record(Counter(), None, 3, tmp_path / "videos", seed=0, actions=False, progress=False)
    whole = record(Counter(), None, 3, tmp_path / "whole", seed=0, progress=False)
    assert videos.spec.action_space is None and len(videos) == 3
    for ours, theirs in zip(videos, whole, strict=True):
        assert ours.actions is None and theirs.actions is not None
        np.testing.assert_array_equal(ours.frames, theirs.frames)


def test_what_a_rendered_world_observes_in_numbers_is_kept(tmp_path):
    world = World("Pendulum-v1", frame="render", size=(8, 8), max_steps=3)
    store = record(world, None, 1, tmp_path / "s", seed=0, progress=False)
    observed = store[0].signals["observation"]
    assert store.schema.signals == ("observation",) and observed.shape == (4, 3)
    np.testing.assert_allclose(np.hypot(observed[:, 0], observed[:, 1]), 1, atol=1e-5)
    assert record(world, None, 1, tmp_path / "none", seed=0, signals=(), progress=False).schema.signals == ()


def test_a_data_set_that_is_continued_keeps_its_own_signals(tmp_path):
    world = World("Pendulum-v1", frame="render", size=(8, 8), max_steps=3)
    for signals in ((), None):
        store = record(world, None, 1, tmp_path / "s", seed=0, signals=signals, progress=False)
    assert len(store) == 2 and store.schema.signals == ()


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """A module with policies."""
    (tmp_path / "my_policies.py").write_text(
        "def act(frame):\n    return int(frame.sum()) % 4\n\n\nclass Always:\n    def __init__(self, action):\n"
        "        self.action = action\n\n    def predict(self, observation, state=None, episode_start=None):\n"
        "        return self.action, None\n\n\nNUMBER = 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return "my_policies"


def test_many_processes_give_the_data_set_of_one(tmp_path, policy):
    pytest.importorskip("worldmodels_envs")
    world, source = World.named("reach"), PolicySource(f"{policy}:act")
    stores = [
        record(world, source, 5, tmp_path / str(processes), seed=0, processes=processes, progress=False)
        for processes in (1, 2)
    ]
    for a, b in zip(*stores, strict=True):
        assert a.seed == b.seed
        np.testing.assert_array_equal(a.frames, b.frames)
        np.testing.assert_array_equal(a.actions, b.actions)
    assert stores[0][0].actions[0] == stores[0][0].frames[0].sum() % 4


def test_an_environment_cannot_be_played_elsewhere(tmp_path):
    with pytest.raises(InputError, match="give a World"):
        record(Counter(), None, 1, tmp_path / "s", seed=0, processes=2)


def test_a_policy_is_found_where_it_can_be_imported_and_made(policy):
    assert PolicySource(f"{policy}:Always", {"action": 2}).load().predict(None)[0] == 2
    for target, arguments, message in [
        ("my_policies", {}, "is not MODULE:NAME"),
        ("my_policies:no", {}, "cannot be had"),
        ("no_such_module:act", {}, "cannot be had"),
        ("my_policies:Always", {"speed": 1}, "with {'speed': 1} cannot be had"),
        ("my_policies:NUMBER", {}, "neither a function"),
    ]:
        with pytest.raises(InputError, match=message):
            PolicySource(target, arguments).load()


def test_recording_until_there_are_steps_enough(tmp_path):
    for until in (7, 20):
        store = record(Counter(), None, 99, tmp_path / "s", seed=0, until=until, progress=False)
        assert until <= store.steps.sum() < until + 6
    whole = record(Counter(), None, len(store), tmp_path / "whole", seed=0, progress=False)
    assert store.steps.tolist() == whole.steps.tolist()
