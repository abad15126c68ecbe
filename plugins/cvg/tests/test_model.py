import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.rollout import Rollout
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment, StagePlan
from worldmodels.training.optimizer import set_modes
from worldmodels_cvg.clip import Clip
from worldmodels_cvg.config import CVGConfig, LevelConfig
from worldmodels_cvg.layers import ConditionalNorm
from worldmodels_cvg.model import CVG

SPEC = WorldSpec((3, 16, 16))
SIZES = {"channels": 4, "units": (2, 1), "critic_channels": 4, "critic_blocks": (1, 2), "frames": 2}


def make(spec=SPEC, **config):
    torch.manual_seed(0)
    return build(CVG, spec, "tiny", config).eval()


def clips(time=7, spec=SPEC, videos=3):
    actions = None if spec.action_space is None else torch.eye(4)[torch.randint(4, (videos, time - 1))]
    return Batch(torch.rand(videos, time, *spec.frame_shape), actions)


def test_levels_are_sized_from_the_worlds_frames():
    model = build(CVG, WorldSpec((1, 32, 64)), "three")
    assert [level.size for level in model.levels] == [(8, 16), (16, 32), (32, 64)]
    assert model.start == (2, 4)


@pytest.mark.parametrize(
    ("shape", "config", "message"),
    [
        ((3, 15, 16), {}, "2 times smaller"),
        ((3, 4, 6), {}, "multiples of 2"),
        ((3, 16, 16), {"learn": (2,)}, "levels once"),
        ((3, 16, 16), {"levels": ()}, "not empty"),
        ((3, 16, 16), {"levels": (LevelConfig(units=(1,) * 6),)}, "6 units"),
    ],
)
def test_what_does_not_fit_is_refused(shape, config, message):
    with pytest.raises(InputError, match=message):
        make(WorldSpec(shape), **config)


def test_a_rate_above_one_needs_an_action_free_world():
    levels = (LevelConfig(**SIZES), LevelConfig(**SIZES, rate=2))
    with pytest.raises(InputError, match="action-free"):
        make(WorldSpec((3, 16, 16), Discrete(4)), levels=levels)


def test_a_critic_learns_without_the_generator_and_twice_as_often():
    model = make().train()
    plan = StagePlan.lay(model.stages, 12)
    turns = [plan.moment(step).turn for step in range(12)]
    assert turns == 2 * ["critic1", "critic1", "generator1"] + 2 * ["critic2", "critic2", "generator2"]
    model.losses(clips(), Moment.at(0.0, "level1", "critic1"))["total"].backward()
    assert all(p.grad is None for p in model.generators.parameters())
    assert all(p.grad is not None for p in model.critics[0].parameters())


def test_running_statistics_move_in_the_generators_turns_only():
    model = make().train()
    norms = [module for module in model.generators[0].modules() if isinstance(module, ConditionalNorm)]
    model.losses(clips(), Moment.at(0.0, "level1", "critic1"))
    assert not any(norm.mean.any() for norm in norms)
    model.losses(clips(), Moment.at(0.0, "level1", "generator1"))
    assert all(norm.mean.any() for norm in norms)
    assert not any(n.mean.any() for n in model.generators[1].modules() if isinstance(n, ConditionalNorm))


def test_a_level_learns_while_all_others_rest():
    model = make(learn=(1,))
    (stage,) = model.stages
    assert stage.name == "level2" and set(stage.frozen) == {"generator1", "critic1"}
    set_modes(model, stage)
    assert not any(part.training for part in (model.generators[0], model.critics[0], model.encoder))
    assert model.generators[1].training
    model.losses(clips(), Moment.at(0.0, "level2", "generator2"))["total"].backward()
    learned = {".".join(name.split(".")[:2]) for name, p in model.named_parameters() if p.grad is not None}
    assert learned == {"generators.1", "critics.1"}  # of which the critics rest in this turn


def test_imagining_and_features_never_run_the_upsampling_levels(monkeypatch):
    model = make()
    runs = []
    monkeypatch.setattr(model.generators[1], "forward", lambda *_: runs.append(1))
    belief = model.observe(clips().frames)
    rollout = model.imagine(belief, horizon=4)
    model.features(rollout)
    assert model.render(rollout, level=0).shape == (3, 4, 3, 8, 8) and not runs
    with pytest.raises((AttributeError, RuntimeError, TypeError)):
        model.render(rollout)
    assert runs


@pytest.mark.parametrize("statistics", ["shared", "time"])
def test_windows_equal_the_whole_video_away_from_their_borders(statistics):
    model = make(levels=(LevelConfig(**SIZES, statistics="time"), LevelConfig(**SIZES, statistics=statistics)))
    rollout = model.imagine(model.observe(clips().frames), horizon=12)
    whole, (left, right) = model.render(rollout), model.render_context
    window = model.render(Rollout(rollout.beliefs[:, 3:11], rollout.last, rollout.constant))
    inside = slice(left, 8 - right)
    assert left == right == 2
    torch.testing.assert_close(window[:, inside], whole[:, 3:11][:, inside], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(window[:, 0], whole[:, 3], atol=1e-5)


def test_the_largest_tensor_of_rendering_does_not_grow_with_the_video(monkeypatch):
    model = make()
    model.render_frames = 9
    sizes, forward = [], model.generators[1].forward

    def counted(below, condition):
        sizes.append(below.numel())
        return forward(below, condition)

    monkeypatch.setattr(model.generators[1], "forward", counted)
    largest = []
    for horizon in (12, 48):
        sizes.clear()
        model.render(model.imagine(model.observe(clips().frames), horizon=horizon))
        largest.append(max(sizes))
    assert largest[0] == largest[1]


def test_frames_come_at_the_rate_of_their_level():
    levels = (LevelConfig(**SIZES), LevelConfig(**SIZES, rate=2))
    levels = (levels[0], levels[1], LevelConfig(**{**SIZES, "units": (1,)}, rate=2))
    model = make(levels=levels)
    rollout = model.imagine(model.observe(clips().frames), horizon=3)
    assert [model.render(rollout, level=n).shape[1] for n in range(3)] == [3, 6, 12]
    clip = Clip.cut(clips(24), model)
    assert [view.shape[1] for view in clip.views] == [4, 8, 16]


def test_a_clip_holds_what_follows_what_was_seen():
    model = make(context=2)
    frames = torch.arange(7.0).view(1, 7, 1, 1, 1).expand(-1, -1, 3, 16, 16) / 7
    seen = set()
    for seed in range(8):
        torch.manual_seed(seed)
        clip = Clip.cut(Batch(frames), model)
        recent = ((clip.recent[0, :, 0, 0, 0] + 1) / 2 * 7).round().int().tolist()
        after = ((clip.views[1][0, :, 0, 0, 0] + 1) / 2 * 7).round().int().tolist()
        assert after == list(range(recent[-1] + 1, recent[-1] + 6)) and recent in ([0, 0], [0, 1])
        seen.add(recent[1])
    assert seen == {0, 1}


def test_actions_of_a_clip_lead_to_its_frames():
    model = make(WorldSpec((3, 16, 16), Discrete(4)), context=2)
    batch = clips(7, model.spec)
    for seed in range(8):
        torch.manual_seed(seed)
        clip = Clip.cut(batch, model)
        seen = int(clip.led.any(2).sum(1)[0]) + 1  # nothing led to the first frame
        assert torch.equal(clip.actions, batch.actions[:, seen - 1 : seen + 4])
        assert torch.equal(clip.led[:, 2 - seen + 1 :], batch.actions[:, : seen - 1])


@pytest.mark.parametrize(("drawn", "same"), [("video", True), ("frame", False)])
def test_noise_is_drawn_once_for_a_video_or_for_each_frame(drawn, same):
    model = make(drawn=drawn)
    belief = model.observe(clips().frames)
    first = model.imagine(belief, horizon=2)
    later = model.imagine(first.last, horizon=2)
    noise = torch.cat([first.beliefs["noise"], later.beliefs["noise"]], 1)
    assert torch.equal(noise[:, 0], noise[:, 1]) is same and torch.equal(noise[:, 0], noise[:, 3]) is same
    assert not torch.equal(noise[:, 0], model.imagine(belief, horizon=1).beliefs["noise"][:, 0])


def test_frames_seen_before_something_imagined_are_forgotten():
    model, frames = make(), clips().frames
    imagined = model.imagine(model.observe(frames), horizon=2).last
    after = model.observe(frames[:, :1], belief=imagined, temperature=0.0)
    fresh = model.observe(frames[:, :1], temperature=0.0)
    torch.testing.assert_close(model.features(after), model.features(fresh))


def test_labels_change_what_is_imagined():
    model = make(classes=3)
    belief = model.observe(clips().frames, temperature=0.0)
    videos = [
        model.render(model.imagine(model.labelled(belief, torch.full((3,), label)), horizon=2, temperature=0.0))
        for label in (0, 1)
    ]
    assert not torch.allclose(*videos)
    with pytest.raises(InputError, match="0 to 2"):
        model.labelled(belief, torch.tensor([0, 1, 3]))
    with pytest.raises(InputError, match="labels"):
        make().labelled(belief, torch.zeros(3))


def test_statistics_are_estimated_anew_for_the_unrolled_length():
    model = make(times=4)
    frames = clips(2, videos=16).frames
    model.unroll([(frames, None)] * 30, 10)
    assert model.config == CVGConfig(**{**vars(model.config), "times": 11}) and not model.training
    norms = [m for m in model.generators[0].modules() if isinstance(m, ConditionalNorm)]
    assert all(norm.known.tolist()[1:] == [True] * 10 for norm in norms)
    seen = {}
    norms[-1].register_forward_hook(lambda module, inputs, output: seen.update(maps=inputs[0]))
    torch.manual_seed(1)
    model.render(model.imagine(model.observe(frames), horizon=10), level=0)
    mean = seen["maps"].unflatten(0, (16, 10)).mean((0, 3, 4))
    # New noise, the same videos: statistics differ by their own spread only, though they change over time.
    assert (mean - norms[-1].mean[1:]).abs().max() < 0.5 * mean.std(1).max()


def test_statistics_survive_a_checkpoint(tmp_path):
    from worldmodels.checkpoints import load, save

    model = make()
    model.unroll([(clips(2).frames, None)], 9)
    again = load(save(model, tmp_path / "checkpoint"))
    frames, options = clips(2).frames, {"temperature": 0.0}
    videos = [m.render(m.imagine(m.observe(frames, **options), horizon=9, **options)) for m in (model, again)]
    torch.testing.assert_close(*videos)


@pytest.mark.parametrize("certain", [1, 3])
def test_frames_that_are_certain_are_held_to_the_true_ones_where_the_whole_context_is_seen(certain):
    model = make(context=2, certain=certain).train()
    seen = set()
    for seed in range(6):
        torch.manual_seed(seed)
        clip = Clip.cut(clips(), model)
        real, fake, terms = model._pair(clip, 0, True)
        apart = (fake.frames - real.frames)[:, :certain].square().mean()
        torch.testing.assert_close(terms["first"], apart if clip.seen == 2 else torch.zeros(()))
        seen.add(clip.seen)
    assert seen == {1, 2}
