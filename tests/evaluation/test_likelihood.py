import math

import numpy as np
import pytest
import torch

from worldmodels.abilities import Bound, Evidence, Likelihood, LogProb
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.evaluation.likelihood import evaluate_likelihood, objective_gap
from worldmodels.evaluation.likelihood_report import likelihood_report
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


class Fair(Likelihood, Toy):
    """x ~ N(0, 2) on the first frame that counts, exactly."""

    def __init__(self):
        super().__init__(WorldSpec((1, 1, 1)))

    def _log_prob(self, frames, actions, context, samples, noise):
        return LogProb(_log(frames.flatten(1)[:, context - 1], 0, 2), frames.shape[1] - context, exact=True)


def _log(value, mean, variance):
    return -0.5 * ((value - mean) ** 2 / variance + math.log(2 * math.pi * variance))


def batches(count=4, size=250):
    generator = torch.Generator().manual_seed(0)
    return [Batch(torch.rand(size, 2, 1, 1, 1, generator=generator)) for _ in range(count)]


def exact():
    x = torch.cat([batch.frames.flatten(1)[:, 0] for batch in batches()])
    return _log(x, 0, 2).mean().item()


def evidence(*arguments, **options):
    return evaluate_likelihood(*arguments, **options).evidence


def test_bounds_close_in_on_the_truth():
    one = evaluate_likelihood(Coin(), batches())
    many = evaluate_likelihood(Coin(), batches(), samples=64)
    # The second level counts a tenth of the KL once more.
    elbo = one.evidence.elbo.mean() + one.evidence.kl["8"].mean()
    assert elbo < exact() + 0.02
    assert one.nats.mean() < many.nats.mean() == pytest.approx(exact(), abs=0.01)
    assert (one.videos, one.samples, many.samples, many.exact) == (1000, 1, 64, False)


def test_exact_models_have_bits_and_no_parts():
    result = evaluate_likelihood(Fair(), batches())
    assert result.exact and result.evidence is None and result.numbers == 1
    assert result.nats.mean() == pytest.approx(exact())
    np.testing.assert_allclose(result.bits, 8 - result.nats / math.log(2), rtol=1e-6)


def test_more_context_leaves_less_to_score():
    clips = [Batch(torch.rand(5, 4, 1, 1, 1))]
    assert evaluate_likelihood(Fair(), clips).numbers == 3
    assert evaluate_likelihood(Fair(), clips, context=3).numbers == 1
    assert evidence(Coin(), clips, context=1) is not None and evidence(Coin(), clips, context=2) is None


def test_parts_sum_up():
    parts = evidence(Coin(), batches())
    kl = parts.kl["1"] + parts.kl["8"]
    np.testing.assert_allclose(parts.objective, parts.loss + kl)
    np.testing.assert_allclose(parts.elbo, -parts.objective - 0.5 * math.log(2 * math.pi), atol=1e-6)
    np.testing.assert_allclose(parts.kl["8"], parts.kl["1"] / 10, rtol=1e-5)


def test_channels_are_averaged_over_times_and_places():
    parts = evidence(Coin(), batches())
    assert parts.channels["1"].shape == (4,) and parts.channels["8"].shape == (1,)
    assert parts.channels["1"][0] == pytest.approx(parts.kl["1"].mean())
    assert parts.channels["8"][0] == pytest.approx(parts.kl["8"].mean() / 128)
    assert parts.active("1") == 0.25 and parts.active("8") == 0 and parts.active() == 0.2


def test_same_seed_same_figures():
    first, again, other = (evaluate_likelihood(Coin(), batches(1), samples=2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.nats, again.nats)
    assert not np.array_equal(first.evidence.elbo, other.evidence.elbo)


def test_gap_is_in_pairs():
    better, worse = (evidence(Coin(variance=v), batches()) for v in (0.5, 3.0))
    estimate = objective_gap(better, worse)
    assert estimate.low > 0
    assert estimate.mean == pytest.approx(worse.objective.mean() - better.objective.mean())


def test_report_shows_likelihoods_bounds_levels_and_channels():
    results = {
        "three": evaluate_likelihood(Coin(), batches(1), samples=3),
        "fair": evaluate_likelihood(Fair(), batches(1)),
        "one": evaluate_likelihood(Coin(), batches(1)),
    }
    report = likelihood_report(results)
    likelihoods, bounds, levels, figure = report.sections
    assert [row[3] for row in likelihoods.rows] == ["bound, 3 draws", "exact", "bound, 1 draw"]
    assert likelihoods.rows[0][1].mean == pytest.approx(results["three"].nats.mean())
    assert [row[0] for row in bounds.rows] == ["three", "one"]
    assert [row[1] for row in levels.rows] == ["1", "8", "1", "8"]
    assert figure.data["one"]["8"] == pytest.approx(results["one"].evidence.channels["8"])
    assert figure.image.count(b"<image") == 5 and figure.image != figure.dark


def test_a_report_of_exact_models_has_one_table():
    (table,) = likelihood_report({"fair": evaluate_likelihood(Fair(), batches(1))}).sections
    assert table.rows[0][2].mean == pytest.approx(8 - table.rows[0][1].mean / math.log(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evaluate_likelihood(object(), batches()), "object gives no likelihood.*ability Likelihood"),
        (lambda: evaluate_likelihood(Toy(WorldSpec((1, 1, 1))), batches()), "Toy gives no likelihood"),
        (lambda: evaluate_likelihood(Coin(), []), "no video"),
        (lambda: evaluate_likelihood(Coin(), batches(), samples=0), "at least 1 draw"),
        (lambda: evaluate_likelihood(Coin(), batches(), context=2), "2 of context"),
        (lambda: likelihood_report({}), "no result"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
