"""What it says of abilities; each check runs only on models that claim the ability."""

from __future__ import annotations

import torch
from tensordict import TensorDict
from torch import Tensor

from worldmodels.abilities import (
    Cascade,
    Editable,
    FrameRate,
    Jumpy,
    Likelihood,
    ModuleControl,
    ObjectCentric,
    Swappable,
)
from worldmodels.rollout import Belief, Rollout
from worldmodels.testing.case import Case, require, require_equal
from worldmodels.testing.checks.registry import check


@check
def check_jumpy(case: Case) -> None:
    """`imagine_at` gives one belief for each time that was asked for."""
    if not isinstance(case.model, Jumpy):
        return
    times = torch.tensor([[1, 3]]).expand(case.batch, 2)
    rollout = case.model.imagine_at(case.observe(), times, case.actions(case.horizon, seed=1))
    require(isinstance(rollout, Rollout), f"imagine_at returns {type(rollout).__name__}", "it returns a Rollout")
    _require_shape("imagine_at gives beliefs", rollout.beliefs.batch_size, (case.batch, 2), "(batch, query)")
    require(case.read(rollout).isfinite().all(), "what imagine_at gives is not finite", "it can be rendered and read")


@check
def check_likelihood(case: Case) -> None:
    """`log_prob` gives each video a finite number of nats, and says whether it is exact."""
    model = case.model
    if not isinstance(model, Likelihood):
        return
    kinds = ("exact", "lower bound")
    require(model.likelihood in kinds, f"likelihood is {model.likelihood!r}", f"it is one of {', '.join(kinds)}")
    batch = case.training_batch()
    with torch.no_grad():
        nats = model.log_prob(batch.frames, batch.actions)
        again = model.log_prob(batch.frames, batch.actions)
    _require_shape("log_prob gives", nats.shape, (case.batch,), "(batch,)")
    require(nats.isfinite().all(), "log_prob is not finite", "it is a number of nats")
    steady = model.likelihood != "exact" or torch.allclose(nats, again, rtol=1e-4)
    require(steady, "log_prob, called exact, differs between two calls", "what is exact is not a sample")


@check
def check_object_centric(case: Case) -> None:
    """`slots`, `masks` and `positions` describe the same slots, and the masks share out each pixel."""
    model = case.model
    if not isinstance(model, ObjectCentric):
        return
    belief = case.observe()
    for what, given, lead in (
        ("a belief", belief, (case.batch,)),
        ("a rollout", case.imagine(belief), (case.batch, case.horizon)),
    ):
        slots, masks, positions = model.slots(given), model.masks(given), model.positions(given)
        many = slots.shape[len(lead)] if slots.ndim == len(lead) + 2 else -1
        _require_shape(f"slots of {what} are", slots.shape[:-1], (*lead, many), "(batch, [time,] slot, feature)")
        wanted = (*lead, many, *case.spec.frame_shape[1:])
        _require_shape(f"masks of {what} are", masks.shape, wanted, "(batch, [time,] slot, height, width)")
        _require_shape(f"positions of {what} are", positions.shape, (*lead, many, 2), "(batch, [time,] slot, 2)")
        total = masks.sum(-3)
        shared = masks.min() >= 0 and torch.allclose(total, torch.ones_like(total), atol=1e-3)
        low, high = total.aminmax()
        require(
            shared,
            f"masks of {what} sum to between {low:.3g} and {high:.3g}, the least mask being {masks.min():.3g}",
            "masks are each slot's share of each pixel: not negative, summing to 1 over slots",
        )


@check
def check_editable(case: Case) -> None:
    """`edit` without changes gives the same belief, and leaves its argument as it is."""
    if isinstance(case.model, Editable):
        belief = case.observe()
        _require_belief(case, "edit", belief, case.model.edit(belief))
        require_equal(
            case,
            case.read(case.model.edit(belief)),
            case.read(belief),
            "edit without changes changes the scene",
            "edit gives the belief after the changes that it is asked for",
        )


@check
def check_module_control(case: Case) -> None:
    """`do` and `do_all` make one step, whichever of the `module_count` modules slots apply."""
    model = case.model
    if not isinstance(model, ModuleControl):
        return
    slots, count = model.slot_count, model.module_count
    require(count >= 1, f"module_count is {count!r}", "module_count is their number, at least 1")
    require(slots >= 1, f"slot_count is {slots!r}", "slot_count is the number of slots, at least 1")
    for module in {0, count - 1}:
        belief, slot = case.observe(), torch.full((case.batch,), slots - 1)
        _require_belief(case, "do", belief, model.do(belief, slot, torch.full_like(slot, module)))
        all_slots = torch.full((case.batch, slots), module)
        _require_belief(case, "do_all", belief, model.do_all(belief, all_slots))


@check
def check_frame_rate(case: Case) -> None:
    """`imagine(dt=)` gives `round(1 / dt)` beliefs for each trained frame interval."""
    model = case.model
    if not isinstance(model, FrameRate):
        return
    belief, actions = case.observe(), case.actions(case.horizon, seed=1)
    for dt in model.intervals:
        rollout = model.imagine(belief, actions, horizon=case.horizon, temperature=0.0, dt=dt)
        wanted = (case.batch, case.horizon * round(1 / dt))
        _require_shape(f"imagine(dt={dt}) gives beliefs", rollout.beliefs.batch_size, wanted, "round(1 / dt) a frame")
    require_equal(
        case,
        case.read(model.imagine(belief, actions, horizon=case.horizon, temperature=0.0, dt=1.0)),
        case.read(case.imagine(belief)),
        "imagine(dt=1) differs from imagine",
        "dt is in trained frame intervals, and 1 by default",
    )


@check
def check_swappable(case: Case) -> None:
    """`swap_content` takes the looks from another belief; from itself it changes nothing."""
    if not isinstance(case.model, Swappable):
        return
    belief = case.observe()
    other = belief[torch.arange(case.batch).roll(1)]
    _require_belief(case, "swap_content", belief, case.model.swap_content(belief, other))
    require_equal(
        case,
        case.read(case.model.swap_content(belief, belief.clone())),
        case.read(belief),
        "swap_content with a belief's own content changes it",
        "swap_content gives the belief with the appearance of the content",
    )


@check
def check_cascade(case: Case) -> None:
    """`render(level=)` gives each of the `levels`, ever finer, the last being what `render` gives."""
    model = case.model
    if not isinstance(model, Cascade):
        return
    require(model.levels >= 1, f"levels is {model.levels!r}", "levels is their number, at least 1")
    belief = case.observe()
    frames = [model.render(belief, level=level) for level in range(model.levels)]
    sizes = [tuple(frame.shape[-2:]) for frame in frames]
    rising = sizes == sorted(sizes) and len(set(sizes)) == len(sizes)
    require(rising, f"the levels have sizes {sizes}", "each level is finer than the one before")
    require_equal(
        case,
        frames[-1],
        case.model.render(belief),
        "the last level differs from what render gives",
        "the last level is the full resolution",
    )


def _require_shape(what: str, shape: torch.Size, wanted: tuple[int, ...], axes: str) -> None:
    require(tuple(shape) == wanted, f"{what} of shape {tuple(shape)}, not {wanted}", f"its axes are {axes}")


def _require_belief(case: Case, method: str, before: Belief, after: Belief) -> None:
    """A method gives a belief to go on from, and leaves the one that it was given as it was."""
    require(
        isinstance(after, TensorDict) and after.batch_size == before.batch_size,
        f"{method} returns {_describe(after)}",
        "it returns a belief of the same batch size",
    )
    seen: Tensor = case.read(case.imagine(after))
    require(seen.isfinite().all(), f"the future after {method} is not finite", "it returns a belief to go on from")
    untouched = case.observe()
    changed = [name for name in untouched.keys() if not torch.equal(before[name], untouched[name])]
    require(
        not changed, f"{method} changes the belief's entry {changed[:1]} in place", "arguments are left as they are"
    )


def _describe(thing: object) -> str:
    size = f" of batch size {tuple(thing.batch_size)}" if isinstance(thing, TensorDict) else ""
    return f"{type(thing).__name__}{size}"
