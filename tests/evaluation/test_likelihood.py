import math

import numpy as np
import pytest
import torch

from worldmodels.abilities import Bound, Evidence, LogProb
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.evaluation.likelihood import channels_figure, evaluate_likelihood, gap, likelihood_report
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy


class Coin(Evidence, Toy):
    """x ~ N(z, 1), z ~ N(0, 1) for each video, with a posterior N(m, v): all bounds are known."""

    def __init__(self, mean=0.5, variance=0.5):
        super().__init__(WorldSpec((1, 1, 1)))
        self.mean, self.variance = mean, variance

    def _log_prob(self, frames, actions, context, samples, noise):
        x = frames.flatten(1)[:, 0]
        z = self.mean * x + math.sqrt(self.variance) * noise.standard((samples, len(x)), x)
        weights = _log(x, z, 1) + _log(z, 0, 1) - _log(z, self.mean * x, self.variance)
        return LogProb(weights.logsumexp(0) - math.log(samples), 1, exact=False)

    def _evidence(self, frames, actions, noise):
        x = frames.flatten(1)[:, 0]
        likelihood = _log(x, self.mean * x + math.sqrt(self.variance) * noise.standard(x.shape, x), 1)
        kl = 0.5 * (self.variance + (self.mean * x) ** 2 - 1 - math.log(self.variance))
        silent = torch.zeros(len(x), 1, 3)
        levels = {
            "1": torch.cat([kl[:, None, None], silent], 2),
            "8": kl[:, None, None, None, None].expand(-1, 2, 1, 8, 8) / 1280,
        }
        return Bound(likelihood, -likelihood - 0.5 * math.log(2 * math.pi), levels)


def _log(value, mean, variance):
    return -0.5 * ((value - mean) ** 2 / variance + math.log(2 * math.pi * variance))


def batches(count=4, size=250):
    generator = torch.Generator().manual_seed(0)
    return [Batch(torch.rand(size, 2, 1, 1, 1, generator=generator)) for _ in range(count)]


def exact():
    x = torch.cat([batch.frames.flatten(1)[:, 0] for batch in batches()])
    return _log(x, 0, 2).mean().item()


def test_bounds_close_in_on_the_truth():
    one = evaluate_likelihood(Coin(), batches())
    many = evaluate_likelihood(Coin(), batches(), samples=64)
    # The second level counts a tenth of the KL once more.
    elbo = one.elbo.mean() + one.kl["8"].mean()
    assert elbo < exact() + 0.02
    assert many.importance_weighted.mean() == pytest.approx(exact(), abs=0.01)
    assert one.importance_weighted is None and one.videos == 1000


def test_parts_sum_up():
    result = evaluate_likelihood(Coin(), batches())
    kl = result.kl["1"] + result.kl["8"]
    np.testing.assert_allclose(result.objective, result.loss + kl)
    np.testing.assert_allclose(result.elbo, -result.objective - 0.5 * math.log(2 * math.pi), atol=1e-6)
    np.testing.assert_allclose(result.kl["8"], result.kl["1"] / 10, rtol=1e-5)


def test_channels_are_averaged_over_times_and_places():
    result = evaluate_likelihood(Coin(), batches())
    assert result.channels["1"].shape == (4,) and result.channels["8"].shape == (1,)
    assert result.channels["1"][0] == pytest.approx(result.kl["1"].mean())
    assert result.channels["8"][0] == pytest.approx(result.kl["8"].mean() / 128)
    assert result.active("1") == 0.25 and result.active("8") == 0 and result.active() == 0.2


def test_same_seed_same_figures():
    first, again, other = (evaluate_likelihood(Coin(), batches(1), samples=2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.importance_weighted, again.importance_weighted)
    assert not np.array_equal(first.elbo, other.elbo)


def test_gap_is_in_pairs():
    better, worse = (evaluate_likelihood(Coin(variance=v), batches()) for v in (0.5, 3.0))
    estimate = gap(better, worse)
    assert estimate.low > 0
    assert estimate.mean == pytest.approx(worse.objective.mean() - better.objective.mean())


def test_report_shows_bounds_levels_and_channels():
    results = {
        "train": evaluate_likelihood(Coin(), batches(1), samples=3),
        "test": evaluate_likelihood(Coin(), batches(1)),
    }
    report = likelihood_report(results)
    bounds, levels, figure = report.sections
    assert [row[0] for row in bounds.rows] == ["train", "test"]
    assert bounds.rows[0][2].mean == pytest.approx(results["train"].importance_weighted.mean())
    assert bounds.rows[1][2] is None and "3 draws" in bounds.note
    assert [row[1] for row in levels.rows] == ["1", "8", "1", "8"]
    assert figure.data["test"]["8"] == pytest.approx(results["test"].channels["8"])
    assert figure.image.count(b"<image") == 5 and figure.image != figure.dark
    assert channels_figure(results).image == figure.image


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluate_likelihood(object(), batches()), "object has no evidence bound"),
        (lambda: evaluate_likelihood(Coin(), []), "no video"),
        (lambda: evaluate_likelihood(Coin(), batches(), samples=0), "at least 1 draw"),
        (lambda: likelihood_report({}), "no result"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
