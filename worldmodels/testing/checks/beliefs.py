"""What it says of beliefs: everything is in them, item by item."""

from __future__ import annotations

import torch

from worldmodels.rollout import Belief
from worldmodels.testing.case import Case, require, require_equal
from worldmodels.testing.checks.registry import check


@check
def check_no_state_outside_the_belief(case: Case) -> None:
    """What else the model does between two calls does not matter, nor which copy of the model goes on."""
    belief = case.observe()
    expected = case.read(case.imagine(belief))
    case.imagine(case.observe(case.frames.flip(0, 1)))
    require_equal(
        case,
        case.read(case.imagine(belief)),
        expected,
        "imagining from a belief depends on what the model did in between",
        "everything needed to go on is in the belief",
        exact=True,
    )
    other = Case(case.make, case.spec, case.batch, case.time, case.horizon, case.seed, case.tolerance)
    other.model.load_state_dict(case.model.state_dict())
    require_equal(
        case,
        other.read(other.imagine(belief.clone())),
        expected,
        "a copy of the model imagines something else from the same belief",
        "everything needed to go on is in the belief",
    )


@check
def check_inputs_stay_as_they_are(case: Case) -> None:
    """No call changes its arguments in place."""
    frames, actions = case.frames.clone(), case.actions(case.time - 1)
    kept = (frames.clone(), None if actions is None else actions.clone())
    belief = case.model.observe(frames, actions, **case.options)
    require(torch.equal(frames, kept[0]), "observe changes its frames in place", "arguments are left as they are")
    same = actions is None or kept[1] is None or torch.equal(actions, kept[1])
    require(same, "observe changes its actions in place", "arguments are left as they are")
    before = belief.clone()
    case.read(case.imagine(belief))
    case.observe(frames, belief=belief)
    for name in before.keys():
        require(
            torch.equal(belief[name], before[name]),
            f"imagine, render or observe changes the belief's entry {name!r} in place",
            "a belief can be used again: arguments are left as they are",
        )


@check
def check_beliefs_branch(case: Case) -> None:
    """Beliefs are indexed, repeated and put together like tensors."""
    belief, future = case.observe(), case.actions(case.horizon, seed=1)
    order = torch.tensor([1, 0, 1])
    actions = None if future is None else future[order]
    require_equal(
        case,
        case.read(case.imagine(belief[order], actions)),
        case.read(case.imagine(belief))[order],
        "an indexed belief leads to another future than the belief itself",
        "a belief can be indexed, stacked, cloned, moved, repeated and saved",
    )
    halves: Belief = torch.cat([belief[:1], belief[1:]])
    require_equal(
        case,
        case.read(case.imagine(halves)),
        case.read(case.imagine(belief)),
        "a belief that was cut and put together leads to another future",
        "a belief can be indexed, stacked, cloned, moved, repeated and saved",
    )


@check
def check_beliefs_of_different_age_mix(case: Case) -> None:
    """Beliefs after one and after many frames can be one batch, as partial resets need."""
    actions = case.actions(case.time - 1)
    young = case.observe(case.frames[:, :1])
    old = case.observe()
    mixed: Belief = torch.cat([young[:1], old[1:]])
    expected = torch.cat([case.read(case.imagine(young))[:1], case.read(case.imagine(old))[1:]])
    require_equal(
        case,
        case.read(case.imagine(mixed)),
        expected,
        "a batch of a young and an old belief leads to another future than each",
        "a belief holds everything needed to go on, item by item, whatever its age",
    )
    step = None if actions is None else actions[:, :1]
    frame = case.frames[:, :1]
    together = [case.read(case.observe(frame, step, belief=belief)) for belief in (mixed, young, old)]
    require_equal(
        case,
        together[0],
        torch.cat([together[1][:1], together[2][1:]]),
        "observing on from a batch of a young and an old belief differs from each",
        "a belief holds everything needed to go on, item by item, whatever its age",
    )


@check
def check_beliefs_do_not_grow(case: Case) -> None:
    """A belief after a long rollout takes no more memory than one after a short."""
    sizes = [_bytes(case.imagine(case.observe(), horizon=horizon).last) for horizon in (4, 32)]
    require(
        sizes[1] <= sizes[0],
        f"a belief grows from {sizes[0]} to {sizes[1]} bytes between 4 and 32 imagined steps",
        "beliefs are of constant size, so that rollouts can be long",
    )
    twice = case.observe(torch.cat([case.frames, case.frames], 1))
    require(
        _bytes(twice) <= _bytes(case.observe()),
        "a belief grows with the number of frames observed",
        "beliefs are of constant size, so that streams can be long",
    )


def _bytes(belief: Belief) -> int:
    return sum(value.numel() * value.element_size() for value in belief.values(True, True))


@check
def check_batch_items_are_independent(case: Case) -> None:
    """A video's belief and future do not depend on the others in its batch."""
    belief = case.observe()
    expected = case.read(case.imagine(belief))
    changed = case.frames.clone()
    changed[1:] = 1 - changed[1:]
    require_equal(
        case,
        case.read(case.imagine(case.observe(changed)))[0],
        expected[0],
        "another video in the batch changes the belief or future of this one",
        "the items of a batch are independent",
    )
    actions, future = case.actions(case.time - 1), case.actions(case.horizon, seed=1)
    alone = case.observe(case.frames[:1], None if actions is None else actions[:1])
    require_equal(
        case,
        case.read(case.imagine(alone, None if future is None else future[:1]))[0],
        expected[0],
        "a video alone leads to another future than in a batch",
        "the items of a batch are independent",
    )
