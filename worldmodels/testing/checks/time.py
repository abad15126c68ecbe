"""What it says of time: causes come before effects, in one call or in many."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from worldmodels.rollout import Rollout
from worldmodels.testing.case import Case, require, require_equal
from worldmodels.testing.checks.registry import check


@check
def check_observe_streams(case: Case) -> None:
    """Observing in two calls is observing in one, wherever the cut, from one frame on."""
    whole = case.observe(every=True)
    expected, actions = case.read(whole), case.actions(case.time - 1)
    for cut in (1, 2, case.time - 1):
        first = case.observe(case.frames[:, :cut], None if actions is None else actions[:, : cut - 1])
        rest = None if actions is None else actions[:, cut - 1 :]
        second = case.observe(case.frames[:, cut:], rest, belief=first, every=True)
        require_equal(
            case,
            case.read(second),
            expected[:, cut:],
            f"observing {cut} frames and then the rest differs from observing all",
            "observe(..., belief=b) continues filtering from b, and gives what one observe gives",
        )
    require_equal(
        case,
        case.read(case.imagine(whole.last)),
        case.read(case.imagine(second.last)),
        "the futures differ between observing in two calls and in one",
        "observe(..., belief=b) continues filtering from b, and gives what one observe gives",
    )


@check
def check_observe_is_causal(case: Case) -> None:
    """A frame does not change the beliefs before it."""
    expected = case.read(case.observe(every=True))
    for time in range(1, case.time):
        changed = case.frames.clone()
        changed[:, time:] = 1 - changed[:, time:]
        require_equal(
            case,
            case.read(case.observe(changed, every=True))[:, :time],
            expected[:, :time],
            f"the belief after frame {time - 1} depends on frame {time}",
            "observe filters: the belief at a time knows only the frames until then",
        )


@check
def check_observe_looks_at_frames(case: Case) -> None:
    """Other frames lead to another belief.

    Two videos may draw alike where latents are categories, so several are tried: the case's own, inverted, black, white
    and brighter ones.
    """
    frames = case.frames
    tried = [frames, 1 - frames, torch.zeros_like(frames), torch.ones_like(frames), frames.sqrt()]
    beliefs = torch.cat([case.read(case.observe(video)) for video in tried])
    require(
        not torch.allclose(beliefs[1:], beliefs[:1].expand_as(beliefs[1:]), atol=1e-7, rtol=0),
        "different videos lead to the same frames and features",
        "observe returns what the model believes after seeing the frames",
    )


@check
def check_actions_lead_to_the_next_frame(case: Case) -> None:
    """`actions[:, t]` is taken after frame t: it changes nothing until then, and something after."""
    if case.width == 0:
        return
    _check_alignment(case, case.time - 1, lambda a: case.observe(actions=a, every=True), "observe", 1)
    belief = case.observe()
    _check_alignment(case, case.horizon, lambda a: case.imagine(belief, a), "imagine", 0)


def _check_alignment(case: Case, steps: int, run: Callable[[Tensor], Rollout], method: str, offset: int) -> None:
    actions = case.actions(steps, seed=1)
    assert actions is not None
    expected = case.read(run(actions))
    for step in range(steps):
        changed = actions.clone()
        changed[:, step:] = _other_actions(case, actions[:, step:])
        result = case.read(run(changed))
        arrival = step + offset
        require_equal(
            case,
            result[:, :arrival],
            expected[:, :arrival],
            f"in {method}, action {step} changes a frame before it leads anywhere",
            "actions[:, t] is taken after frame t and leads to frame t + 1",
        )
        if method == "imagine":
            require(
                not torch.allclose(result[:, arrival], expected[:, arrival], atol=1e-7, rtol=0),
                f"in imagine, action {step} does not reach the frame that it leads to",
                "actions[:, t] leads to the frame of imagined time t; the spec has an action space, so actions matter",
            )


def _other_actions(case: Case, actions: Tensor) -> Tensor:
    """Other actions of the space: the next choice, or the opposite number."""
    if case.model.codec.discrete:
        return actions.roll(1, -1)
    low, high = case.model.codec.bounds()
    bounded = low.isfinite() & high.isfinite()
    return torch.where(bounded, low + high - actions, -actions)


@check
def check_imagine_is_repeated_step(case: Case) -> None:
    """`imagine` gives what `step` gives again and again, and goes on from `last`."""
    belief = case.observe()
    rollout, actions = case.imagine(belief), case.actions(case.horizon, seed=1)
    seen = []
    stepped = belief
    for time in range(case.horizon):
        stepped = case.model.step(stepped, None if actions is None else actions[:, time], **case.options)
        seen.append(case.read(stepped))
    require_equal(
        case,
        torch.stack(seen, 1),
        case.read(rollout),
        "imagine and repeated step disagree",
        "step is one imagined transition; imagine gives the same, many at once",
    )
    cut = case.horizon // 2
    first = case.imagine(belief, None if actions is None else actions[:, :cut], horizon=cut)
    rest = case.imagine(first.last, None if actions is None else actions[:, cut:], horizon=case.horizon - cut)
    require_equal(
        case,
        case.read(rest),
        case.read(rollout)[:, cut:],
        "imagining on from rollout.last differs from imagining in one go",
        "rollout.last is the whole belief after the last step, to go on from",
    )


@check
def check_imagine_does_not_render(case: Case) -> None:
    """Imagining, and reading features, render nothing."""
    calls = []
    original = case.model._render
    case.model._render = lambda *arguments: calls.append(1) or original(*arguments)  # type: ignore[method-assign, func-returns-value]
    try:
        case.model.features(case.imagine(case.observe()))
    finally:
        del case.model._render
    require(not calls, f"imagine or features renders ({len(calls)} calls)", "render is never needed to imagine")
