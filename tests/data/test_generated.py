import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import GrayscaleObservation, TimeLimit

from worldmodels.cli.main import main
from worldmodels.data import EpisodeStore, record
from worldmodels.errors import UnknownNameError
from worldmodels.testing.plugins import install


class Drift(gym.Env):
    """Frames that show their episode's number; stepping it is an error, for its episodes come in batches."""

    metadata = {"render_modes": [], "render_fps": 5}
    observation_space = spaces.Box(0, 255, (4, 6, 3), np.uint8)
    action_space = spaces.Discrete(1, start=2)

    def batches(self, episodes, length, *, seed, start, signals):
        for begin in range(start, start + episodes, 3):
            numbers = np.arange(begin, min(begin + 3, start + episodes))
            frames = np.tile((10 * seed + numbers)[:, None, None, None, None], (1, length, 4, 6, 3))
            clock = np.tile(np.arange(length), (len(numbers), 1))
            yield {"frames": frames.astype(np.uint8), "clock": clock, "seed": clock * 0 + seed}


class Stepped(Drift):
    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros((4, 6, 3), np.uint8), {"clock": 0}

    def step(self, action):
        return np.zeros((4, 6, 3), np.uint8), 0.0, False, False, {"clock": 1}


@pytest.mark.parametrize("max_steps", [None, 4, 9])
def test_batches_are_stored_as_episodes_that_the_time_limit_cuts(tmp_path, max_steps):
    env = TimeLimit(Drift(), 7)
    store = record(env, None, 5, tmp_path / "s", seed=2, signals=["clock"], max_steps=max_steps, progress=False)
    steps = min(7, max_steps or 7)
    assert store.steps.tolist() == [steps] * 5 and store.spec.fps == 5
    for number, episode in enumerate(store):
        assert (episode.frames == 20 + number).all() and episode.actions.tolist() == [2] * steps
        assert episode.signals["clock"].tolist() == list(range(steps + 1)) and set(episode.signals) == {"clock"}
        assert not episode.rewards.any() and not episode.terminated.any()
        assert episode.truncated.tolist() == [False] * (steps - 1) + [True]


def test_a_recording_goes_on_where_it_stopped(tmp_path):
    env = TimeLimit(Drift(), 3)
    for part in (2, 4, 1):
        record(env, None, part, tmp_path / "parts", seed=1, progress=False)
    whole = record(env, None, 7, tmp_path / "whole", seed=1, progress=False)
    for ours, theirs in zip(EpisodeStore(tmp_path / "parts"), whole, strict=True):
        assert (ours.frames == theirs.frames).all()


@pytest.mark.parametrize(
    "options",
    [{"policy": lambda frame: 2}, {"env": GrayscaleObservation(Stepped(), keep_dim=True)}, {"size": (8, 8)}],
    ids=["policy", "wrapper", "size"],
)
def test_what_an_agent_or_a_wrapper_changes_is_stepped(tmp_path, options):
    settings = {"env": Stepped(), "policy": None, **options}
    store = record(
        settings.pop("env"), settings.pop("policy"), 2, tmp_path / "s", seed=3, max_steps=2, progress=False, **settings
    )
    assert len(store) == 2 and not any(episode.frames.any() for episode in store)


def test_unknown_signals_are_named(tmp_path):
    with pytest.raises(UnknownNameError, match=r"did you mean 'clock'|'clock'"):
        record(TimeLimit(Drift(), 3), None, 1, tmp_path / "s", seed=0, signals=["clok"], progress=False)


@pytest.mark.parametrize("name", ["RandomWalk", "MovingDigits", "MovingShapes", "Pendulum"])
def test_the_generators_data_sets_can_be_trained_on(tmp_path, monkeypatch, capsys, name):
    pytest.importorskip("worldmodels_envs")
    monkeypatch.syspath_prepend(install(tmp_path / "site", "toy", "worldmodels.testing.toy:Toy"))
    data = tmp_path / "data"
    size = f"world.kwargs.size={16 if name != 'MovingShapes' else 24}"
    words = [f"env=worldmodels/{name}-v0", f"out={data}", "episodes=70", "world.max_steps=5", size]
    assert main(["record", *words]) == 0
    shown = capsys.readouterr().err
    assert shown.startswith("recording: 100% 70/70 episodes") and shown.count("\n") == 1
    store = EpisodeStore(data)
    store.verify()
    assert len(store) == 70 and set(store.steps.tolist()) == {5}
    quick = ["trainer=cpu", "batch_size=2", "length=3", "model.config.hidden=8"]
    assert main(["train", "model=toy", *quick, f"data.path={data}", f"out={tmp_path / 'run'}", "steps=2"]) == 0
    assert (tmp_path / "run" / "checkpoints" / "step-00000002").is_dir()


def test_batches_without_actions_are_videos(tmp_path):
    store = record(TimeLimit(Drift(), 3), None, 4, tmp_path, seed=1, actions=False, progress=False)
    assert store.spec.action_space is None and [episode.actions for episode in store] == [None] * 4
