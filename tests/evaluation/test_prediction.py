from itertools import count

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.evaluation.metrics import PSNR, SSIM, psnr
from worldmodels.evaluation.prediction import evaluate_prediction
from worldmodels.evaluation.prediction_report import prediction_report
from worldmodels.evaluation.predictors import copy_last, world_model_predictor
from worldmodels.evaluation.sample_scores import score_samples
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig

CONTEXT, HORIZON = 2, 3


def clips(videos=3, length=CONTEXT + HORIZON, actions=0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    frames = torch.rand(videos, length, 3, 12, 12, generator=generator)
    moves = torch.rand(videos, length - 1, actions, generator=generator) if actions else None
    return Batch(frames, moves)


def toy(space=None, std=1.0):
    torch.manual_seed(0)
    return Toy(WorldSpec((3, 12, 12), space), ToyConfig(state=4, hidden=8, std=std))


def noisy_truth(batch, amounts):
    """A predictor whose samples are the truth plus so much, one amount after the other."""
    turns = count()

    def predict(context, actions, horizon, generator):
        truth = batch.frames[:, context.shape[1] : context.shape[1] + horizon]
        return (truth * 0.5 + amounts[next(turns) % len(amounts)]).clamp(0, 1)

    return predict


def evaluate(model, batch, **settings):
    defaults = {"context": CONTEXT, "horizon": HORIZON, "samples": 1, "metrics": ["psnr"]}
    return evaluate_prediction(model, batch, **(defaults | settings))


def test_copy_last_says_that_nothing_moves():
    batch = clips()
    result = evaluate(copy_last, batch)
    still = batch.frames[:, 1:2].expand(-1, HORIZON, -1, -1, -1)
    assert np.allclose(result.scores["psnr"].best, psnr(still, batch.frames[:, 2:]))
    assert result.disagreement == ()


def test_best_of_n_is_chosen_for_each_clip_and_metric():
    batch = clips(4)
    samples = [torch.rand(4, HORIZON, 3, 12, 12, generator=torch.Generator().manual_seed(i)) for i in range(6)]
    turns = iter(samples)
    result = evaluate(lambda *_: next(turns), batch, samples=6, metrics=["psnr", "ssim"])
    for metric in (PSNR, SSIM):
        scores = torch.stack([metric.compute(s, batch.frames[:, 2:]) for s in samples]).mean(2)
        assert result.scores[metric.name].index.tolist() == scores.argmax(0).tolist()
        assert result.scores[metric.name].per_video == pytest.approx(scores.amax(0).numpy())
    estimate = result.scores["psnr"].estimate
    assert estimate.n == 4
    assert np.mean([e.mean for e in result.scores["psnr"].curve]) == pytest.approx(estimate.mean)


def test_disagreement_is_the_standard_deviation_over_samples():
    samples = torch.rand(5, 2, HORIZON, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    scores = score_samples(iter(samples), samples[0], [PSNR])
    assert torch.allclose(scores.disagreement, samples.std(0).mean((2, 3, 4)), atol=1e-5)


def test_batches_one_after_the_other_are_one_big_batch():
    batch = clips(5)
    parts = (Batch(frames) for frames in torch.split(batch.frames, 2))
    model = toy(std=0.0)
    whole, streamed = evaluate(model, batch), evaluate(model, parts)
    assert streamed.videos == 5
    assert np.allclose(whole.scores["psnr"].best, streamed.scores["psnr"].best, atol=1e-4)
    assert [strip.title for strip in streamed.strips] == [strip.title for strip in whole.strips]
    assert len(streamed.strips) == 4


def test_strips_show_the_best_the_first_and_the_worst_sample():
    batch = Batch(torch.full((2, 5, 3, 12, 12), 0.5))
    result = evaluate(noisy_truth(batch, [0.2, 0.25, 0.7]), batch, samples=3, strips=1)
    (strip,) = result.strips
    levels = {label: int(video[-1, 0, 0, 0]) for label, video in strip.videos.items()}
    assert levels == {"real": 128, "best": 128, "first": 115, "worst": 242}
    assert strip.context == CONTEXT
    assert all((video[:CONTEXT] == 128).all() for video in strip.videos.values())


def test_the_model_sees_the_context_and_the_actions_that_belong_to_it():
    model = toy(Box(-1, 1, (2,)), std=0.0).eval()
    batch = clips(2, length=7, actions=2)
    belief = model.observe(batch.frames[:, :3], batch.actions[:, :2])
    expected = model.render(model.imagine(belief, batch.actions[:, 2:6]))
    result = evaluate(model, batch, context=3, horizon=4)
    assert np.allclose(result.scores["psnr"].best, psnr(expected, batch.frames[:, 3:]), atol=1e-4)


def test_rendering_in_parts_is_rendering_at_once(monkeypatch):
    predict, context = world_model_predictor(toy(std=0.0)), clips().frames
    whole = predict(context, None, 7, None)
    monkeypatch.setattr("worldmodels.evaluation.predictors._RENDERED_AT_ONCE", 6)
    assert whole.shape == (3, 7, 3, 12, 12)
    assert torch.allclose(predict(context, None, 7, None), whole, atol=1e-6)


def test_the_same_seed_gives_the_same_figures_and_samples_differ():
    batch, model = clips(), toy()

    def run(seed):
        return evaluate(model, batch, samples=3, generator=torch.Generator().manual_seed(seed))

    assert np.array_equal(run(0).scores["psnr"].best, run(0).scores["psnr"].best)
    assert not np.array_equal(run(0).scores["psnr"].best, run(1).scores["psnr"].best)
    assert all(e.mean > 0 for e in run(0).disagreement)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_evaluated_in_evaluation_mode_and_put_back(training):
    model, modes = toy().train(training), []
    model.register_forward_pre_hook(lambda *_: None)
    model.encoder.register_forward_hook(lambda module, *_: modes.append(module.training))
    evaluate(model, clips())
    assert modes == [False]
    assert model.training is training


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context": 0}, "context must be"),
        ({"horizon": 0}, "horizon must be"),
        ({"samples": 0}, "samples must be"),
        ({"horizon": 4}, "too short"),
        ({"metrics": []}, "no metric"),
    ],
)
def test_unfit_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        evaluate(copy_last, clips(), **settings)


def test_no_clip_is_refused():
    with pytest.raises(InputError, match="no clip"):
        evaluate(copy_last, [])


class MeanFVD:
    """Features without the network: the mean of each frame."""

    def features(self, videos):
        return videos.mean((2, 3, 4))


def test_fvd_compares_whole_clips_of_first_samples():
    batch = clips(6)
    truth = noisy_truth(Batch(2 * batch.frames.clamp(0, 0.5)), [0.0])
    perfect = Batch(batch.frames.clamp(0, 0.5) * 1.0)
    assert evaluate(truth, perfect, fvd=MeanFVD()).fvd == pytest.approx(0, abs=1e-6)
    assert evaluate(copy_last, perfect, fvd=MeanFVD()).fvd > 1e-5
    assert evaluate(copy_last, perfect).fvd is None


def report_of(results):
    report = prediction_report(results, provenance={"seed": 0})
    return report, [section.title for section in report.sections]


def test_the_report_compares_the_model_with_the_baseline():
    batch = clips()
    model = evaluate(toy(), batch, samples=3, metrics=["psnr", "ssim"], trained_horizon=2)
    baseline = evaluate(copy_last, batch, metrics=["psnr", "ssim"])
    report, titles = report_of({"toy": model, "copy last": baseline})
    assert titles == [
        "Prediction",
        "Difference, clip by clip",
        "PSNR (dB) over time",
        "SSIM over time",
        "Disagreement of samples over time",
        "Videos: toy",
        "Videos: copy last",
    ]
    table, gap, curves = report.sections[:3]
    assert table.rows[0] == ["toy", model.scores["psnr"].estimate, model.scores["ssim"].estimate, 3, 3]
    first, second = (r.scores["psnr"].per_video for r in (model, baseline))
    assert gap.rows[0][1].mean == pytest.approx(float((first - second).mean()), rel=1e-4)
    assert curves.data["marks"] == {"trained horizon": 2}
    assert "toy" in report.to_html()


def test_the_report_says_which_metrics_were_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    report, titles = report_of({"copy": evaluate(copy_last, clips(), metrics=["psnr", "lpips"])})
    assert "AlexNet" in report.left_out["lpips"]
    assert not any("LPIPS" in title for title in titles)
    assert len(report.sections[0].columns) == 4


def test_two_training_horizons_are_both_marked():
    batch = clips()
    results = {str(h): evaluate(copy_last, batch, trained_horizon=h) for h in (1, 2)}
    report, _ = report_of(results)
    assert report.sections[2].data["marks"] == {"trained: 1": 1, "trained: 2": 2}


def test_an_empty_report_is_refused():
    with pytest.raises(InputError, match="no result"):
        prediction_report({})


def test_frames_that_stand_still_do_not_count():
    batch = clips(3, length=6)
    frames = batch.frames.clone()
    frames[0, 2:4] = frames[0, 1:2]  # still, then moving
    frames[1, 2:] = frames[1, 1:2]  # still to the end
    result = evaluate(copy_last, Batch(frames), horizon=4)
    scores = result.scores["psnr"]
    assert scores.best[1].max() == 100 and scores.estimate.mean < 15
    assert scores.per_video == pytest.approx([scores.best[0, 2:].mean(), scores.best[2].mean()])
    assert result.still == pytest.approx(0.5) and len(scores.at(0)) == 1
    assert "The 50% of the true frames that equal the one before are left out" in str(
        prediction_report({"copy": result}).sections[0].note
    )


def test_where_nothing_ever_moves_all_frames_count():
    frames = clips(2).frames[:, :1].expand(-1, CONTEXT + HORIZON, -1, -1, -1)
    assert evaluate(copy_last, Batch(frames)).scores["psnr"].estimate.mean == 100
