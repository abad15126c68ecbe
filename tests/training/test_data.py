import numpy as np
import pytest
import torch

from worldmodels.actions import ActionCodec
from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.stages import Stage, StagePlan
from worldmodels.training import TrainConfig
from worldmodels.training.data import Batches, ClipData, Lengths, StepBatches

LENGTHS = Lengths(StagePlan.lay((), 10), 4)
ALL = ("actions", "rewards", "terminated", "distance")


@pytest.fixture
def batches(store):
    def make(stores=(store,), lengths=LENGTHS, seed=0, rank=0, columns=ALL):
        return StepBatches(stores, ActionCodec(store.spec.action_space), lengths, columns, 6, seed, rank=rank)

    return make


def same(a, b):
    pairs = [(a.frames, b.frames), (a.actions, b.actions), (a.rewards, b.rewards), (a.terminated, b.terminated)]
    return all(torch.equal(x, y) for x, y in [*pairs, (a.signals["distance"], b.signals["distance"])])


def test_a_batch_depends_on_seed_step_and_rank_alone(batches):
    first = batches()[3]
    assert same(first, batches()[3])
    others = [batches()[4], batches(seed=1)[3], batches(rank=1)[3]]
    assert not any(torch.equal(first.frames, other.frames) for other in others)


def test_frames_stay_bytes_and_the_rest_is_what_models_take(batches):
    batch = batches()[0]
    assert batch.frames.dtype == torch.uint8 and batch.frames.shape == (6, 4, 8, 8, 3)
    assert batch.actions.shape == (6, 3, 4) and batch.actions.sum(-1).eq(1).all()
    assert batch.rewards.dtype == torch.float32 and batch.terminated.dtype == torch.bool
    assert batch.signals["distance"].shape == (6, 4)


@pytest.mark.parametrize("workers", [0, 2])
def test_iteration_begins_at_the_step_that_is_due_in_order(batches, workers):
    stream = Batches(batches(), 10, lambda: 6, workers)
    assert len(stream) == 10
    found = list(stream)
    assert len(found) == 4
    assert all(same(batch, batches()[step]) for step, batch in zip(range(6, 10), found, strict=True))


def test_lengths_follow_the_stages(batches):
    lengths = Lengths(StagePlan.lay((Stage("a", 1, length=2), Stage("b", 1)), 10), 5)
    dataset = batches(lengths=lengths)
    assert [dataset[step].frames.shape[1] for step in (0, 4, 5, 9)] == [2, 2, 5, 5]


def test_several_stores_give_clips_by_their_number_of_windows(batches, store, make_store, tmp_path):
    large = make_store(tmp_path / "large", episodes=24)
    dataset = batches(stores=(store, large))
    known = {frames.tobytes() for frames in store.columns["frames"]}
    clips = torch.cat([dataset[step].frames for step in range(60)])
    share = np.mean([clip[0].numpy().tobytes() in known for clip in clips])
    # `large` begins with the same random numbers as `store`, so both hold the episodes of `store`
    assert 0.4 < share < 0.6


def test_held_out_episodes_are_not_trained_on(make_model, store):
    data = ClipData([store], make_model(), TrainConfig(held_out=0.25))
    train, validation = data.parts
    assert len(train[0]) == 6 and len(validation[0]) == 2
    assert not set(train[0].records["frame"]) & set(validation[0].records["frame"])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"length": 11, "pad": False}, InputError, "training, no episode has 11 frames"),
        ({"length": 1}, InputError, "length=1 are too short; .* at least 2 frames"),
        ({"signals": ("distanse",)}, UnknownNameError, "'distance'"),
    ],
)
def test_what_the_data_cannot_give_is_refused_at_once(make_model, store, settings, error, message):
    with pytest.raises(error, match=message):
        ClipData([store], make_model(), TrainConfig(**settings)).check()


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"keep": 0}, {"open_loop": -1}, {"length": 0}, {"held_out": 1.0}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        TrainConfig(**wrong)


def test_sparse_clips_say_when_their_frames_were_and_what_led_to_them(batches, store):
    batch = batches(lengths=Lengths(StagePlan.lay((), 10), 4, span=8))[0]
    assert batch.frames.shape[:2] == batch.times.shape == (6, 4) and batch.times.dtype == torch.float32
    assert (batch.times[:, 0] == 0).all() and (batch.times.diff(dim=1) > 0).all() and batch.times.max() < 8
    assert batch.actions.shape == (6, 7, 4) and batch.rewards.shape == batch.terminated.shape == (6, 3)
    assert len(batch.times.unique(dim=0)) > 1
    frames = {bytes(episode.frames[t]): (i, t) for i, episode in enumerate(store) for t in range(len(episode.frames))}
    for clip, times, rewards, actions in zip(batch.frames, batch.times, batch.rewards, batch.actions, strict=True):
        places = [frames[bytes(frame.numpy())] for frame in clip]
        (episode, start), ticks = places[0], times.long()
        assert places == [(episode, start + int(t)) for t in ticks]
        told = store[episode]
        assert rewards.numpy() == pytest.approx(told.rewards[start + ticks[1:].numpy() - 1], rel=1e-5)
        assert actions.argmax(-1).tolist() == told.actions[start : start + 7].tolist()


def test_only_models_of_any_time_learn_on_sparse_clips(make_model, store):
    with pytest.raises(InputError, match="span=8 given, but Toy"):
        ClipData([store], make_model(), TrainConfig(length=4, span=8))


@pytest.mark.parametrize("wrong", [{"span": 1}, {"span": 3, "length": 4}])
def test_a_span_shorter_than_a_clip_is_refused(wrong):
    with pytest.raises(InputError, match="span"):
        TrainConfig(**wrong)


def test_clips_longer_than_episodes_are_padded_for_models_that_weigh_frames(make_model, store):
    model = make_model()
    assert Lengths.of(model, TrainConfig(), StagePlan.lay((), 1)).least == 2
    model.weighted = False
    assert Lengths.of(model, TrainConfig(), StagePlan.lay((), 1)).least is None
    assert Lengths.of(model, TrainConfig(pad=True), StagePlan.lay((), 1)).least == 2
    with pytest.raises(InputError, match=r"rare=0\.5 given, but Toy does not weigh frames"):
        ClipData([store], model, TrainConfig(rare=0.5))


def test_padded_batches_carry_weights(batches, store):
    longest = int(store.steps.max()) + 1
    batch = batches(lengths=Lengths(StagePlan.lay((), 10), longest + 2, least=2))[0]
    assert batch.weights.shape == (6, longest + 2) and not batch.weights[:, -2:].any() and batch.weights[:, :2].all()


def test_a_training_without_padding_says_which_episodes_are_too_short(make_model, store):
    with pytest.raises(InputError, match=r"episodes for training, no episode has 99 frames"):
        ClipData([store], make_model(), TrainConfig(length=99, pad=False)).check()


def test_validation_that_is_too_short_says_so(make_model, tmp_path):
    with EpisodeWriter(tmp_path / "s") as writer:
        for steps in (9, 3):
            writer.add(Episode(np.zeros((steps + 1, 8, 8, 3), np.uint8)))
    model = make_model()
    model.heads = type(model.heads)()
    for seed in range(20):
        data = ClipData(
            [EpisodeStore(tmp_path / "s")], model, TrainConfig(length=8, pad=False, held_out=0.5, seed=seed)
        )
        if data.parts[1][0].steps.max() == 3:
            break
    with pytest.raises(InputError, match=r"for validation \(held_out=0.5\), no episode has 8 frames: the longest of 1"):
        data.check()
