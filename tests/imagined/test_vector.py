import weakref

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tests.imagined.conftest import SIZE, make_model
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.imagined import Disagreement, GivenStarts, ImaginedEnv, ImaginedVectorEnv, Start
from worldmodels.rewards import HeadReward, ProgressReward

KINDS = ["frames", "features", "both"]


def same(first, second):
    return data_equivalence(first, second, exact=True)


def close(first, second):
    """Equal up to what the size of a batch changes in a matrix product, a level of a frame included."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(close(first[key], second[key]) for key in first)
    if isinstance(first, np.ndarray) and first.dtype == object:
        return all(close(a, b) for a, b in zip(first, second, strict=True))
    if first is None or second is None:
        return first is second
    tolerance = 1 if np.asarray(first).dtype == np.uint8 else 1e-5
    return np.allclose(np.asarray(first, float), np.asarray(second, float), atol=tolerance)


class Fixed:
    """Always the same start, so that environments of different batches can be compared."""

    def __init__(self, frames):
        self.frames = frames[:1]

    def sample(self, n, rng):
        return Start(self.frames.repeat(n, 0))


def far(transitions):
    return transitions.features[..., 0] > -0.17


def both(frames, mode, horizon, **settings):
    settings = {"starts": Fixed(frames), "termination": far, "horizon": horizon, "observation": "both", **settings}
    single = [lambda: ImaginedEnv(make_model(), **settings)] * 4
    return (
        ImaginedVectorEnv(make_model(), 4, autoreset_mode=mode, **settings),
        SyncVectorEnv(single, autoreset_mode=mode),
    )


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("disagreement", [None, Disagreement(2, penalty=0.1)])
def test_like_gymnasiums_own_vector_environment(frames, mode, disagreement):
    native, sync = both(frames, mode, horizon=6, disagreement=disagreement)
    observed = native.reset(seed=0), sync.reset(seed=0)
    assert close(observed[0][0], observed[1][0])
    rng, ends = np.random.default_rng(0), {"terminated": 0, "truncated": 0}
    for _ in range(40):
        actions = rng.uniform(-1, 1, (4, 2)).astype(np.float32)
        ours, theirs = native.step(actions), sync.step(actions)
        for one, other in zip(ours[:4], theirs[:4], strict=True):
            assert close(one, other)
        assert ours[4].keys() == theirs[4].keys()
        assert close(ours[4], theirs[4])
        ends["terminated"] += ours[2].sum()
        ends["truncated"] += ours[3].sum()
        done = ours[2] | ours[3]
        if mode is AutoresetMode.DISABLED and done.any():
            reset = [env.reset(options={"reset_mask": done.copy()}) for env in (native, sync)]
            assert close(reset[0][0], reset[1][0])
    assert min(ends.values()) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_observations_fit_their_space(model, frames, kind):
    env = ImaginedVectorEnv(model, 3, starts=frames, observation=kind, horizon=2)
    assert env.observation_space.contains(env.reset(seed=0)[0])
    for _ in range(4):
        observation, rewards, terminated, truncated, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert rewards.dtype == np.float64 and terminated.dtype == truncated.dtype == bool and info == {}


def test_rewards_belong_to_the_arrival(model, frames):
    env = ImaginedVectorEnv(model, 3, starts=frames, observation="features", reward=lambda t: t.features[..., 1])
    env.reset(seed=0)
    observation, rewards, *_ = env.step(env.action_space.sample())
    assert np.array_equal(rewards, observation[:, 1].astype(np.float64))


def test_a_change_is_rewarded_across_a_reset(model, frames):
    """The features before a step are those of the new episode, not of the one that ended."""
    model = make_model(heads=("reward",))
    env = ImaginedVectorEnv(model, 3, starts=frames, observation="features", reward=ProgressReward("reward"), horizon=2)
    before, _ = env.reset(seed=0)
    for step in range(9):
        after, rewards, *_ = env.step(env.action_space.sample())
        head = model.heads.named("reward")
        with torch.no_grad():
            change = head.value(torch.from_numpy(before)) - head.value(torch.from_numpy(after))
        assert np.allclose(rewards, 0 if step % 3 == 2 else change.numpy(), atol=1e-6)
        before = after


@pytest.mark.parametrize(("kind", "rendered", "read"), [("frames", 1, 0), ("features", 0, 1), ("both", 1, 1)])
def test_one_model_call_a_step_and_nothing_else(model, frames, kind, rendered, read):
    env = ImaginedVectorEnv(model, 5, starts=frames, observation=kind, reward=lambda t: t.actions[:, 0])
    env.reset(seed=0)
    model.calls.update(dict.fromkeys(model.calls, 0))
    for _ in range(3):
        env.step(env.action_space.sample())
    assert model.calls == {"_step": 3, "_render": 3 * rendered, "_features": 3 * read, "_observe": 0}


def test_rewards_and_observations_share_what_they_read(model, frames):
    def reward(transitions):
        return transitions.frames.mean((1, 2, 3)) + (transitions.features - transitions.previous_features).sum(-1)

    env = ImaginedVectorEnv(model, 5, starts=frames, observation="both", reward=reward, render_mode="rgb_array")
    env.reset(seed=0)
    model.calls.update(dict.fromkeys(model.calls, 0))
    env.step(env.action_space.sample())
    env.render()
    assert model.calls == {"_step": 1, "_render": 1, "_features": 1, "_observe": 0}


def test_a_step_in_which_all_begin_anew_imagines_nothing(model, frames):
    env = ImaginedVectorEnv(model, 2, starts=frames, horizon=1)
    env.reset(seed=0)
    assert env.step(env.action_space.sample())[3].all()
    model.calls["_step"] = 0
    assert not env.step(env.action_space.sample())[3].any()
    assert model.calls["_step"] == 0


def test_truncation_is_never_termination(model, frames):
    env = ImaginedVectorEnv(model, 2, starts=frames, horizon=1, termination=lambda t: t.actions[:, 0])
    env.reset(seed=0)
    *_, terminated, truncated, _ = env.step(np.array([[1, 0], [0, 0]], np.float32))
    assert terminated.tolist() == [True, False] and truncated.tolist() == [False, True]


def test_a_head_terminates(frames):
    model = make_model(heads=("reward", "terminated"))
    with torch.no_grad():
        model.heads.named("terminated").network[-1].bias.fill_(9)
    env = ImaginedVectorEnv(model, 2, starts=frames)
    env.reset(seed=0)
    assert env.step(env.action_space.sample())[2].all()


def test_termination_by_chance(model, frames):
    settings = {"starts": frames, "termination": lambda t: torch.full(t.actions.shape[:1], 0.4)}
    never, sometimes = (ImaginedVectorEnv(model, 200, sample_termination=s, **settings) for s in (False, True))
    never.reset(seed=0), sometimes.reset(seed=0)
    assert never.step(never.action_space.sample())[2].sum() == 0
    assert 50 < sometimes.step(sometimes.action_space.sample())[2].sum() < 110


@pytest.mark.parametrize("kind", KINDS)
def test_masked_reset_leaves_the_others_as_they_are(noisy, frames, kind):
    env = ImaginedVectorEnv(noisy, 3, starts=frames, observation="features", horizon=4)
    env.reset(seed=0)
    before = env.step(env.action_space.sample())[0]
    options = {"reset_mask": np.array([False, True, False])}
    after, info = env.reset(options=options)
    assert (before != after).any(1).tolist() == [False, True, False]
    assert info == {} and list(options) == ["reset_mask"]
    steps = [env.step(env.action_space.sample())[3].tolist() for _ in range(4)]
    assert steps[2] == [True, False, True] and steps[3] == [False, True, False]


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_branch_goes_on_bit_for_bit(noisy, frames, mode, kind):
    env = ImaginedVectorEnv(
        noisy, 3, starts=frames, observation=kind, horizon=4, autoreset_mode=mode, reward=ProgressReward("reward"),
        termination=lambda t: t.features[..., 0] > 0.3, disagreement=2,
    )  # fmt: skip
    actions = np.random.default_rng(1).uniform(-1, 1, (9, 3, 2)).astype(np.float32)

    def play(steps):
        results = []
        for action in steps:
            results.append(env.step(action))
            done = results[-1][2] | results[-1][3]
            if mode is AutoresetMode.DISABLED and done.any():
                env.reset(options={"reset_mask": done})
        return results

    env.reset(seed=3)
    play(actions[:3])
    state = env.save_state()
    first = play(actions[3:])
    env.reset(seed=9)
    env.restore_state(state)
    assert all(same(a, b) for a, b in zip(first, play(actions[3:]), strict=True))
    env.restore_state(state)
    assert same(first[0], env.step(actions[3]))


def test_a_seed_decides_everything(noisy, frames):
    def play(seed):
        env = ImaginedVectorEnv(noisy, 3, starts=frames, observation="features", horizon=3)
        env.reset(seed=7)
        results = [env.reset(seed=seed)[0]]
        return np.stack(results + [env.step(np.zeros((3, 2), np.float32))[0] for _ in range(6)])

    assert np.array_equal(play(1), play(1))
    assert not np.array_equal(play(1), play(2))


def test_an_observation_is_the_callers_own(model, frames):
    """The toy's features are its belief: writing into the observation must not move it."""
    env = ImaginedVectorEnv(model, 2, starts=frames, observation="features", reward=lambda t: t.features[:, 0])
    observation, _ = env.reset(seed=0)
    state, action = env.save_state(), env.action_space.sample()
    expected = env.step(action)[0]
    env.restore_state(state)
    observation += 100
    assert np.array_equal(env.step(action)[0], expected)


def test_disagreement_is_charged(noisy, frames):
    def first_step(penalty, of="features"):
        measure = Disagreement(4, of, penalty)
        env = ImaginedVectorEnv(noisy, 3, starts=frames, disagreement=measure)
        env.reset(seed=0)
        return env.step(np.zeros((3, 2), np.float32))

    free, charged, of_reward = first_step(0.0), first_step(2.0), first_step(0.0, "reward")
    assert (free[4]["disagreement"] > 0).all() and free[4]["_disagreement"].all()
    assert np.allclose(free[1] - charged[1], 2 * free[4]["disagreement"])
    assert not np.allclose(free[4]["disagreement"], of_reward[4]["disagreement"])


def test_disagreement_is_the_spread_of_the_noise(frames):
    env = ImaginedVectorEnv(make_model(std=0.5), 50, starts=frames, disagreement=100)
    env.reset(seed=0)
    assert np.allclose(env.step(env.action_space.sample())[4]["disagreement"], 0.5, rtol=0.1)


def test_a_world_without_actions_is_watched(frames):
    env = ImaginedVectorEnv(make_model(None), 3, starts=frames, observation="features")
    assert env.single_action_space == gymnasium.spaces.Discrete(1)
    before, _ = env.reset(seed=0)
    assert not np.array_equal(env.step(np.zeros(3, int))[0], before)
    with pytest.raises(InputError, match="outside"):
        env.step(np.ones(3, int))


def test_episodes_begin_where_they_are_told(model, frames):
    env = ImaginedVectorEnv(model, 2, starts=frames, observation="features")
    there, _ = env.reset(seed=0, options={"start": Start(frames[3:5])})
    with torch.no_grad():
        pixels = torch.from_numpy(frames[3:5]).movedim(-1, -3).float() / 255
        belief = model.observe(pixels)
    assert np.array_equal(there, model.features(belief).numpy())
    assert np.array_equal(env.reset(options={"start": belief})[0], there)
    one, _ = env.reset(options={"start": Start(frames[:1]), "reset_mask": np.array([False, True])})
    assert np.array_equal(one[0], there[0]) and not np.array_equal(one[1], there[1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"observation": "frame"}, "Did you mean 'frames'"),
        ({"reward": "heads"}, "head 'reward'"),
        ({"termination": "ended"}, "neither 'head'"),
        ({"horizon": 0}, "horizon=0"),
        ({"num_envs": 2.5}, "num_envs=2.5"),
        ({"temperature": -1}, "temperature -1"),
        ({"disagreement": 1}, "at least 2"),
        ({"starts": 7}, "starts=7"),
        ({"starts": None}, "give starts="),
        ({"device": "cuda"}, "the model is on cpu|device=cuda is not here"),
        ({"render_mode": "human"}, "render_mode='human'"),
        ({"autoreset_mode": "Later"}, "autoreset_mode 'Later'"),
    ],
)
def test_bad_settings_in_one_line(model, frames, settings, message):
    with pytest.raises((InputError, UnknownNameError), match=message) as caught:
        env = ImaginedVectorEnv(model, **{"starts": frames, **settings})
        env.reset()
    assert "\n" not in str(caught.value)


def test_no_reward_head_says_what_to_give(frames):
    with pytest.raises(InputError, match=r"no heads.*give a function of Transitions"):
        ImaginedVectorEnv(make_model(heads=()), starts=frames)
    assert ImaginedVectorEnv(make_model(heads=()), starts=frames, reward=lambda t: t.features[..., 0]).num_envs == 1


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros((3, 2)), "actions for 2 environments"),
        (np.zeros(2), "actions for 2 environments"),
        (np.zeros((2, 3)), r"takes \(..., 2\)"),
        (np.full((2, 2), 1.5), "outside"),
        (np.full((2, 2), np.nan), "not finite"),
        ("left", "no batch of actions"),
    ],
)
def test_bad_actions_in_one_line(model, frames, actions, message):
    env = ImaginedVectorEnv(model, 2, starts=frames)
    env.reset()
    with pytest.raises(InputError, match=message) as caught:
        env.step(actions)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mask": 1}, "unknown reset option 'mask'"),
        (True, "options are a mapping of reset_mask, start; got True"),
        ({"reset_mask": np.array([True])}, "reset_mask must be bool"),
        ({"reset_mask": np.array([1, 0])}, "reset_mask must be bool"),
        ({"reset_mask": np.array([False, False])}, "at least one True"),
        ({"start": Start(np.zeros((2, 1, 4, 4, 3), np.uint8))}, f"uint8 \\(2, time, {SIZE}, {SIZE}, 3\\)"),
        ({"start": Start(np.zeros((3, 1, SIZE, SIZE, 3), np.uint8))}, "uint8 \\(2, time"),
        ({"start": Start(np.zeros((2, 1, SIZE, SIZE, 3)))}, "float64"),
    ],
)
def test_bad_resets_in_one_line(model, frames, options, message):
    env = ImaginedVectorEnv(model, 2, starts=frames)
    env.reset()
    with pytest.raises((InputError, UnknownNameError), match=message) as caught:
        env.reset(options=options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["reward", "termination"])
@pytest.mark.parametrize("wrong", [lambda t: t.features[:, :1], lambda t: 1.0])
def test_scores_of_a_wrong_shape(model, frames, name, wrong):
    env = ImaginedVectorEnv(model, 2, starts=frames, **{name: wrong})
    env.reset()
    with pytest.raises(InputError, match=f"the {name} function must give a tensor of shape"):
        env.step(env.action_space.sample())


def test_steps_need_a_reset(model, frames):
    env = ImaginedVectorEnv(model, 2, starts=frames, horizon=1, autoreset_mode="Disabled", render_mode="rgb_array")
    for call in (env.render, env.save_state, lambda: env.step(env.action_space.sample())):
        with pytest.raises(ResetNeeded, match="reset"):
            call()
    with pytest.raises(InputError, match="first reset"):
        env.reset(options={"reset_mask": np.array([True, False])})
    env.reset()
    env.step(env.action_space.sample())
    with pytest.raises(ResetNeeded, match=r"\[0, 1\] have ended"):
        env.step(env.action_space.sample())


def test_a_state_of_another_size_is_refused(model, frames):
    one, two = (ImaginedVectorEnv(model, n, starts=frames) for n in (1, 2))
    one.reset(), two.reset()
    with pytest.raises(InputError, match="does not fit"):
        one.restore_state(two.save_state())


def test_scaled_heads(model, frames):
    envs = [ImaginedVectorEnv(model, 2, starts=frames, reward=r) for r in ("head", HeadReward(scale=-2))]
    rewards = [(env.reset(seed=0), env.step(np.zeros((2, 2), np.float32))[1])[1] for env in envs]
    assert np.allclose(rewards[1], -2 * rewards[0]) and rewards[0].any()


def test_starts_given_as_beliefs(model, frames):
    beliefs = model.observe(torch.rand(4, 1, 3, SIZE, SIZE))
    env = ImaginedVectorEnv(model, 8, starts=beliefs, observation="features")
    observation, _ = env.reset(seed=0)
    assert (observation[:, None] == model.features(beliefs).numpy()).all(-1).any(1).all()
    assert isinstance(env.starts, GivenStarts)


def test_a_step_keeps_nothing_of_what_was_before(frames):
    """The next step then works in memory that is still in the processor's cache."""
    env = ImaginedVectorEnv(make_model(), 4, starts=Fixed(frames), observation="features")
    env.reset(seed=0)
    before = weakref.ref(env.save_state().belief)
    env.step(env.action_space.sample())
    assert before() is None
