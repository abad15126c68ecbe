import numpy as np
import pytest
import torch
from gymnasium import spaces
from point import make_point

from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
from worldmodels.errors import CheckpointError, InputError
from worldmodels_agents.dreamer import ActorCritic, DreamerConfig, Dreams, lambda_returns, learn_in_imagination

DISCRETE, BOX = spaces.Discrete(3), spaces.Box(-1.0, 1.0, (1,), np.float32)
SMALL = DreamerConfig(updates=60, clips=8, length=4, starts=3, horizon=4, discount=0.9, hidden=32, learning_rate=3e-3)


def x_of(transitions):
    return transitions.features[..., 0]


def write(folder, space, lengths=(6, 6, 2), ends=False):
    """Points that stand still at 0, 1, ...; the last step of each ends it, where asked for."""
    with EpisodeWriter(folder, action_space=space) as writer:
        for x, steps in enumerate(lengths):
            frames = np.full((steps + 1, 4, 4, 1), 100 + x, np.uint8)
            actions = np.ones(steps, int) if isinstance(space, spaces.Discrete) else np.zeros((steps, 1), np.float32)
            last = np.arange(steps) == steps - 1
            writer.add(Episode(frames, actions, np.zeros(steps), last & ends, last & (not ends)))
    return EpisodeStore(folder)


def test_returns_without_trace_are_one_step_and_with_it_all_steps():
    generator = torch.Generator().manual_seed(0)
    rewards, values = torch.rand(2, 3, generator=generator), torch.rand(2, 4, generator=generator)
    weights = 0.9 * torch.tensor([[1.0, 1, 1], [1, 0, 1]])
    assert torch.allclose(lambda_returns(rewards, weights, values, 0.0), rewards + weights * values[:, 1:])
    whole = lambda_returns(rewards, weights, values, 1.0)
    by_hand = rewards[:, 0] + weights[:, 0] * (
        rewards[:, 1] + weights[:, 1] * (rewards[:, 2] + weights[:, 2] * values[:, 3])
    )
    assert torch.allclose(whole[:, 0], by_hand)
    assert whole[1, 1] == rewards[1, 1]  # nothing counts after an end


def test_returns_mix_all_lengths_by_lambda():
    rewards, values = torch.rand(1, 5), torch.rand(1, 6)
    weights, trace = torch.full((1, 5), 0.9), 0.7
    steps = [sum(0.9**k * rewards[0, k] for k in range(n)) + 0.9**n * values[0, n] for n in range(1, 6)]
    mixed = sum((1 - trace) * trace ** (n - 1) * steps[n - 1] for n in range(1, 5)) + trace**4 * steps[4]
    assert lambda_returns(rewards, weights, values, trace)[0, 0].item() == pytest.approx(mixed.item(), rel=1e-5)


def test_dreams_start_at_recorded_frames_but_not_where_an_episode_ended(tmp_path):
    store = write(tmp_path / "s", DISCRETE, lengths=(3, 3), ends=True)
    dreams = Dreams(make_point(DISCRETE), store, x_of, None, DreamerConfig(clips=50, length=6, starts=6))
    belief = dreams.starts(np.random.default_rng(0), torch.Generator().manual_seed(0))
    # Of each padded window of 6 frames, 4 are an episode's, and the last of them is its end.
    assert belief.batch_size == (150,)
    assert set(belief["x"].round().flatten().tolist()) == {0.0, 1.0}


def test_a_dream_tells_what_was_done_and_earned(tmp_path):
    model, agent = make_point(DISCRETE), ActorCritic(1, DISCRETE, SMALL)
    dreams = Dreams(model, write(tmp_path / "s", DISCRETE), x_of, lambda t: (x_of(t) > 2).float(), SMALL)
    generator = torch.Generator().manual_seed(0)
    dream = dreams.dream(agent, dreams.starts(np.random.default_rng(0), generator), generator)
    assert dream.features.shape[1:] == (5, 1) and dream.drawn.shape == dream.rewards.shape
    moves = dream.drawn.float() - 1
    assert torch.allclose(dream.features[:, 1:, 0], dream.features[:, :1, 0] + moves.cumsum(1), atol=1e-4)
    assert torch.equal(dream.rewards, dream.features[:, 1:, 0])
    assert torch.equal(dream.running, (dream.rewards <= 2).float())


@pytest.mark.parametrize("space", [DISCRETE, BOX], ids=["discrete", "box"])
def test_it_learns_to_go_where_the_reward_is(space, tmp_path):
    agent = learn_in_imagination(make_point(space), write(tmp_path / "s", space), SMALL, reward=x_of)
    actions, _ = agent.predict(np.zeros((5, 1), np.float32), deterministic=True)
    assert (actions == 2).all() if space is DISCRETE else (actions > 0.5).all()
    # Going right from 0 earns 1 + 0.9 * 2 + 0.81 * 3 + 0.729 * 4 in the four steps that are imagined, and more later.
    assert agent.value(torch.zeros(1, 1)).item() > 2


def test_training_leaves_the_model_and_the_global_generator_alone(tmp_path):
    model, store = make_point(DISCRETE), write(tmp_path / "s", DISCRETE)
    before = torch.get_rng_state()
    one, two = (learn_in_imagination(model, store, DreamerConfig(updates=2, hidden=8), reward=x_of) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_an_agent_is_saved_and_loaded(tmp_path):
    agent = ActorCritic(3, BOX, DreamerConfig(hidden=8))
    torch.nn.init.normal_(agent.actor[-1].weight)
    loaded = ActorCritic.load(agent.save(tmp_path / "agent"))
    features = np.random.default_rng(0).random((4, 3), np.float32)
    assert np.array_equal(
        loaded.predict(features, deterministic=True)[0], agent.predict(features, deterministic=True)[0]
    )
    with pytest.raises(CheckpointError, match="no actor-critic"):
        ActorCritic.load(tmp_path)


def test_other_action_spaces_are_refused():
    with pytest.raises(InputError, match="Discrete and Box"):
        ActorCritic(3, spaces.MultiBinary(2), DreamerConfig())


@pytest.mark.parametrize("wrong", [{"updates": 0}, {"length": 1}, {"discount": 0.0}, {"trace": 1.5}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        DreamerConfig(**wrong)
