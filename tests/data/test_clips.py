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


def test_short_episodes_are_padded_with_their_last_frame_which_weighs_nothing(store_path):
    store = EpisodeStore(store_path)
    sampler = ClipSampler(store, 6, least=2)
    assert len(sampler) == len(ClipSampler(store, 6)) + sum(2 <= steps + 1 < 6 for steps in store.steps)
    clips = sampler.sample(200, np.random.default_rng(0))
    short = store.steps[clips.episodes] + 1 < 6
    assert set(clips.episodes) == set(range(len(store))) and short.any()
    for i, e in enumerate(clips.episodes):
        episode, t = store[int(e)], clips.starts[i]
        kept = min(6, episode.steps + 1 - t)
        np.testing.assert_array_equal(clips.frames[i, :kept], episode.frames[t : t + kept])
        assert (clips.frames[i, kept:] == episode.frames[-1]).all()
        np.testing.assert_array_equal(clips.rewards[i, : kept - 1], episode.rewards[t : t + kept - 1])
        assert not clips.rewards[i, kept - 1 :].any() and not clips.terminated[i, kept - 1 :].any()
        assert clips.weights[i].tolist() == [1.0] * kept + [0.0] * (6 - kept)


def test_episodes_too_short_to_be_padded_stay_out(store_path):
    store = EpisodeStore(store_path)
    shortest = int(store.steps.min()) + 1
    assert (
        shortest - 1
        not in store.steps[ClipSampler(store, 6, least=shortest + 1).sample(200, np.random.default_rng(0)).episodes]
    )


def test_rare_events_are_drawn_more_often_and_weigh_less(tmp_path):
    with EpisodeWriter(tmp_path / "s") as writer:
        for number in range(10):
            frames = np.full((21, 2, 2, 1), number, np.uint8)
            rewards, ends = np.zeros(20), np.zeros(20, bool)
            if number == 7:
                rewards[12], ends[-1] = 0.955, True
            writer.add(Episode(frames, rewards=rewards, terminated=ends, truncated=~ends & (np.arange(20) == 19)))
    store = EpisodeStore(tmp_path / "s")
    plain = ClipSampler(store, 4).sample(20_000, np.random.default_rng(0))
    often = ClipSampler(store, 4, rare=0.5).sample(20_000, np.random.default_rng(0))
    event = [clips.rewards.any(1) | clips.terminated.any(1) for clips in (plain, often)]
    assert event[0].mean() < 0.03 and event[1].mean() > 0.5 and plain.weights is None
    # Four windows of 180 hold the event: the reward's three, the end's one.
    assert set(often.weights[event[1]].ravel()) == {np.float32(1 / (0.5 + 0.5 * 180 / 4))}
    estimate = (often.weights[:, 1:] * often.rewards).mean()
    assert estimate == pytest.approx(plain.rewards.mean(), rel=0.15)
    assert often.weights.mean() == pytest.approx(1.0, rel=0.02)


def test_rewards_that_are_never_the_same_are_not_rare(tmp_path):
    with EpisodeWriter(tmp_path / "s") as writer:
        frames = np.zeros((21, 2, 2, 1), np.uint8)
        writer.add(Episode(frames, rewards=np.random.default_rng(0).random(20)))
    assert ClipSampler(EpisodeStore(tmp_path / "s"), 4, rare=0.5).sample(9, np.random.default_rng(0)).weights is None


@pytest.mark.parametrize("rare", [-0.1, 1.0])
def test_a_share_that_is_none_is_refused(store_path, rare):
    with pytest.raises(InputError, match="rare"):
        ClipSampler(EpisodeStore(store_path), 4, rare=rare)


@pytest.mark.parametrize("wrong", [{"length": 0}, {"length": 3, "span": 2}, {"span": 10**30}, {"least": 10**30}])
def test_lengths_that_are_none_are_refused(store_path, wrong):
    with pytest.raises(InputError, match="not a number of frames"):
        ClipSampler(EpisodeStore(store_path), **{"length": 1, **wrong})
