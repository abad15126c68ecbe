"""What the ability `AnyTime` promises: one future, asked at any times in any order."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from worldmodels.abilities import AnyTime
from worldmodels.batch import Batch
from worldmodels.rollout import Rollout
from worldmodels.testing.case import Case, require, require_equal
from worldmodels.testing.checks.registry import check_of


def _ask(case: Case, model: AnyTime, times: Tensor, **options: object) -> Rollout:
    """The case's future at times (query,)."""
    asked = times.expand(case.batch, -1)
    settings = {**case.options, **options}
    return model.imagine_at(case.observe(), asked, case.actions(case.horizon, seed=1), **settings)


@check_of(AnyTime)
def check_any_time(case: Case, model: AnyTime) -> None:
    """`imagine_at` at whole times gives what `imagine` gives, and `last` is the belief at the latest time."""
    whole = torch.arange(1.0, case.horizon + 1)
    asked, imagined = _ask(case, model, whole), case.imagine(case.observe())
    found = tuple(asked.beliefs.batch_size)
    wanted = (case.batch, case.horizon)
    require(found == wanted, f"imagine_at gives beliefs of batch size {found}, not {wanted}", "(batch, query)")
    require_equal(
        case,
        case.read(asked),
        case.read(imagined),
        "imagine_at at whole times and imagine disagree",
        "both are the same future",
    )
    require_equal(
        case,
        case.read(asked.last),
        case.read(imagined.last),
        "after imagine_at, `last` is not the belief at the latest time",
        "it is there to go on from",
    )
    between = case.read(_ask(case, model, whole - 0.5))
    require(between.isfinite().all(), "between whole times imagine_at is not finite", "times are real numbers")


@check_of(AnyTime)
def check_query_order(case: Case, model: AnyTime) -> None:
    """Asking for the same times in another order gives the same answers in that order, chance included."""
    times = torch.arange(1.0, case.horizon + 1)
    order = torch.arange(case.horizon).flip(0)
    answers = []
    for asked in (times, times[order]):
        generator = torch.Generator().manual_seed(case.seed)
        answers.append(case.read(_ask(case, model, asked, temperature=1.0, generator=generator)))
    require_equal(
        case,
        answers[1],
        answers[0][:, order],
        "the order of the times changes what imagine_at gives",
        "the answers are beliefs of one future, whatever the order of the questions",
    )


@check_of(AnyTime)
def check_times_matter(case: Case, model: AnyTime) -> None:
    """Other times lead to other beliefs."""
    answers = case.read(_ask(case, model, torch.tensor([1.0, float(case.horizon)])))
    apart = not torch.allclose(answers[:, 0], answers[:, 1], atol=1e-7, rtol=0)
    require(apart, "imagine_at gives the same at all times", "it gives the belief at the time that was asked for")


@check_of(AnyTime)
def check_sparse_clips(case: Case, model: AnyTime) -> None:
    """Models that learn on sparse clips heed when each frame was."""
    if not model.sparse:
        return
    model = copy.deepcopy(model).train()
    long = case.lasting(max(case.time, model.minimum_frames))
    span = 2 * long.time
    even = 2.0 * torch.arange(long.time).expand(case.batch, -1)
    losses = []
    for times in (even, torch.cat([even[:, :1], even[:, 1:] - 1], 1)):
        batch = Batch(long.frames, long.actions(span - 1), times=times)
        torch.manual_seed(case.seed)
        losses.append(model.losses(batch, case.moments()[-1])["total"])
    require(all(loss.isfinite() for loss in losses), "losses of sparse clips are not finite", "losses are finite")
    require(
        not torch.equal(*losses),
        "the loss of a sparse clip does not depend on when its frames were",
        "`Batch.times` says when each frame was",
    )
