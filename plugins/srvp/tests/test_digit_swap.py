"""The measure of content swaps tells the right video from three wrong ones."""

import pytest
import torch
from torch import Tensor

import worldmodels
from experiments import digit_swap as swap
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import load_evaluation
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_envs.moving_digits import MovingDigitsConfig
from worldmodels_srvp import SRVP

pytest.importorskip("sklearn", reason="moving digits take scikit-learn's pictures")
TINY = {"filters": 4, "inference_hidden": 16, "dynamics_hidden": 16, "state": 6, "latent": 5}


@pytest.fixture(scope="module")
def pairs() -> swap.Pairs:
    return swap.make_pairs(MovingDigitsConfig(size=32), 12, 6)


def test_crossed_films_keep_the_ways_and_change_the_digits(pairs: swap.Pairs) -> None:
    assert pairs.first.shape == (12, 6, 1, 32, 32) and len(pairs.first_ways) == 2
    light = [video.flatten(3).sum(-1) for video in (pairs.second, pairs.first_ways[0])]
    apart = [video.sum((1, 2, 3, 4)) for video in (pairs.first, *pairs.first_ways)]
    assert not torch.equal(apart[0], apart[1])
    # Where digits neither overlap nor leave the frame, they are as bright on any way.
    assert ((light[0] - light[1]).abs() < 1e-3).float().mean() > 0.3


@pytest.mark.parametrize(
    ("chosen", "motion", "content"),
    [("first_ways", 1.0, 1.0), ("first", 1.0, 0.0), ("second", 0.0, None), ("second_ways", 0.0, None)],
)
def test_measure(
    pairs: swap.Pairs, chosen: str, motion: float, content: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = getattr(pairs, chosen)
    monkeypatch.setattr(swap, "swapped_video", lambda *_: video if isinstance(video, Tensor) else video[1])
    model = build(SRVP, WorldSpec((1, 32, 32)), None, TINY)
    found = swap.measure(model, pairs, 2)  # type: ignore[arg-type]
    assert found["motion"].mean == motion
    assert content is None or found["content"].mean == content == found["both"].mean


def test_a_film_of_swapped_contents_has_a_frame_for_each_of_the_first(pairs: swap.Pairs) -> None:
    model = build(SRVP, WorldSpec((1, 32, 32)), None, TINY).eval()
    video = swap.swapped_video(model, pairs.first, pairs.second)  # type: ignore[arg-type]
    itself = swap.swapped_video(model, pairs.first, pairs.first)  # type: ignore[arg-type]
    seen = model.render(model.observe(pairs.first, every=True, temperature=0))
    torch.testing.assert_close(itself, seen, atol=1e-5, rtol=0)
    assert video.shape == seen.shape and not torch.equal(video, seen)


def test_the_evaluation_takes_the_digits_of_a_split(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(SRVP, WorldSpec((1, 32, 32)), None, TINY).eval()
    monkeypatch.setattr(worldmodels, "load", lambda _: model)
    found = [
        swap.evaluate(swap.SwapOptions("it", videos=3, frames=4, digits=1, digit_size=20, split=split)).figures["it"]
        for split in ("test", "train")
    ]
    assert found[0].keys() == {"motion", "content", "both", "psnr", "psnr_unswapped"}
    assert found[0]["psnr"] != found[1]["psnr"]
    assert load_evaluation("experiments.digit_swap:EVALUATION").config is swap.EVALUATION.config
    with pytest.raises(InputError, match="half"):
        swap.evaluate(swap.SwapOptions("it", split="half"))
