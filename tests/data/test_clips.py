import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.data import ClipSampler, Episode, EpisodeStore, EpisodeWriter
from worldmodels.errors import InputError, UnknownNameError


def test_clips_are_the_windows_they_say(store_path):
    store = EpisodeStore(store_path)
    clips = ClipSampler(store, 4).sample(64, np.random.default_rng(0))
    assert clips.frames.shape == (64, 4, 4, 5, 3) and clips.actions.shape == clips.rewards.shape == (64, 3)
    for i, (e, t) in enumerate(zip(clips.episodes, clips.starts, strict=True)):
        episode = store[int(e)]
        assert t + 4 <= episode.steps + 1
        np.testing.assert_array_equal(clips.frames[i], episode.frames[t : t + 4])
        np.testing.assert_array_equal(clips.signals["position"][i], episode.signals["position"][t : t + 4])
        for name in ("actions", "rewards", "terminated", "truncated"):
            np.testing.assert_array_equal(getattr(clips, name)[i], getattr(episode, name)[t : t + 3])


@pytest.mark.parametrize(("length", "windows"), [(1, 4 + 10 + 2 + 7 + 13), (4, 1 + 7 + 0 + 4 + 10), (13, 1)])
def test_every_window_is_as_likely_as_any_other(store_path, length, windows):
    sampler = ClipSampler(EpisodeStore(store_path), length)
    assert len(sampler) == windows
    clips = sampler.sample(windows * 400, np.random.default_rng(1))
    _, counts = np.unique(clips.episodes * 100 + clips.starts, return_counts=True)
    assert len(counts) == windows
    assert ((counts - 400) ** 2 / 400).sum() < windows + 5 * np.sqrt(2 * windows)  # chi-squared


def test_same_generator_same_clips(store_path):
    sampler = ClipSampler(EpisodeStore(store_path), 4)
    a, b = (sampler.sample(8, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(a.frames, b.frames)
    np.testing.assert_array_equal(a.actions, b.actions)


def test_subset_samples_its_own_episodes_only(store_path):
    store = EpisodeStore(store_path)
    clips = ClipSampler(store.subset([4, 1]), 4).sample(100, np.random.default_rng(0))
    assert set(clips.frames[:, 0, 0, 1, 0]) == {1, 4}  # the seed is written into the frames
    assert set(clips.episodes) == {0, 1}


def test_given_windows(store_path):
    store = EpisodeStore(store_path)
    sampler = ClipSampler(store, 4)
    clips = sampler.at([0, 1, 3, 4])
    np.testing.assert_array_equal(clips.frames[2], store[3].frames[:4])
    assert sampler.at(1, 6).frames[0, :, 0, 0, 0].tolist() == [6, 7, 8, 9]
    for episodes, starts, message in [
        (1, 7, "frame 7"),
        (2, 0, "has 0 windows"),
        (5, 0, "indices"),
        (1, -1, "-1"),
    ]:
        with pytest.raises(InputError, match=message):
            sampler.at(episodes, starts)


def test_columns_choose_what_is_read(store_path):
    store, rng = EpisodeStore(store_path), np.random.default_rng(0)
    clips = ClipSampler(store, 4, columns=["actions", "position"]).sample(2, rng)
    assert clips.actions is not None and clips.rewards is None and set(clips.signals) == {"position"}
    clips = ClipSampler(store, 4, columns=[]).sample(2, rng)
    assert clips.actions is None and not clips.signals
    with pytest.raises(UnknownNameError, match=r"'position'"):
        ClipSampler(store, 4, columns=["positions"])


def test_nested_actions_are_nested_in_clips(tmp_path):
    space = spaces.Dict({"turn": spaces.Discrete(2), "push": spaces.Tuple([spaces.Box(-1, 1, (2,))])})
    actions = {"turn": np.arange(6) % 2, "push": (np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2),)}
    with EpisodeWriter(tmp_path / "s", action_space=space) as writer:
        writer.add(Episode(np.zeros((7, 2, 2, 1), np.uint8), actions))
    clips = ClipSampler(EpisodeStore(tmp_path / "s"), 3, ["actions"]).at([0, 0], [1, 4])
    assert clips.actions["turn"].tolist() == [[1, 0], [0, 1]]
    np.testing.assert_array_equal(clips.actions["push"][0][1], actions["push"][0][4:6])


def test_bad_requests(store_path):
    store = EpisodeStore(store_path)
    with pytest.raises(InputError, match="longest of 5 has 13"):
        ClipSampler(store, 14)
    with pytest.raises(InputError, match="length 0"):
        ClipSampler(store, 0)
    with pytest.raises(InputError, match="batch_size"):
        ClipSampler(store, 4).sample(0, np.random.default_rng(0))
    with pytest.raises(InputError, match="longest of 0"):
        ClipSampler(store.subset([]), 4)
