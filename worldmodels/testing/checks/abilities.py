"""What abilities promise; a model that does not declare one passes."""

from __future__ import annotations

import torch
from tensordict import TensorDict
from torch import Tensor

from worldmodels.abilities import (
    Bound,
    Cascade,
    Editable,
    Evidence,
    Likelihood,
    LogProb,
    ModuleControl,
    ObjectCentric,
    Swappable,
)
from worldmodels.camera import Camera
from worldmodels.edits import EDITS, Add, Edit, Move, Remove, Scale, Swap, TurnCamera
from worldmodels.rollout import Belief
from worldmodels.testing.case import Case, require, require_equal
from worldmodels.testing.checks.registry import check_of


@check_of(Likelihood)
def check_likelihood(case: Case, model: Likelihood) -> None:
    """`log_prob` gives each video a finite number of nats, and says what was scored and how."""
    least = model.least_context
    batch = case.lasting(max(case.time, least + 2)).training_batch()
    scored = [model.log_prob(batch.frames, batch.actions, context=context) for context in (None, least + 1)]
    for found, context in zip(scored, (least, least + 1), strict=True):
        require(isinstance(found, LogProb), f"log_prob gives {type(found).__name__}", "it gives a LogProb")
        require_shape("log_prob gives", found.nats.shape, (case.batch,), "(batch,)")
        require(found.nats.isfinite().all(), "log_prob is not finite", "it is a number of nats")
        numbers = batch.frames[0, context:].numel()
        require(
            found.numbers == numbers,
            f"log_prob says that it scored {found.numbers} numbers after {context} frames of context, not {numbers}",
            "every number of the frames after the context is scored, and none of the context",
        )
    if scored[0].exact and not scored[0].dequantised:
        again = model.log_prob(batch.frames, batch.actions)
        steady = torch.allclose(scored[0].nats, again.nats, rtol=1e-4)
        require(steady, "log_prob, called exact, differs between two calls", "what is exact is not a sample")


@check_of(Evidence)
def check_evidence(case: Case, model: Evidence) -> None:
    """`evidence` gives a video's likelihood and, by level of latents, divergences."""
    batch = case.training_batch()
    bound = model.evidence(batch.frames, batch.actions)
    require(isinstance(bound, Bound), f"evidence gives {type(bound).__name__}", "it gives a Bound")
    for what in ("log_likelihood", "loss"):
        require_shape(f"evidence gives {what}", getattr(bound, what).shape, (case.batch,), "(batch,)")
    require(len(bound.divergences) > 0, "evidence gives no divergence", "each level of latents has one")
    for level, divergence in bound.divergences.items():
        begins = divergence.shape[:1] == (case.batch,) and bool(divergence.isfinite().all())
        require(begins, f"the divergence of {level!r} is {tuple(divergence.shape)}", "it is finite, (batch, time, ...)")


@check_of(ObjectCentric)
def check_object_centric(case: Case, model: ObjectCentric) -> None:
    """`slots`, `masks` and `positions` describe the same slots, and the masks share out each pixel."""
    belief = case.observe()
    for what, given, lead in (
        ("a belief", belief, (case.batch,)),
        ("a rollout", case.imagine(belief), (case.batch, case.horizon)),
    ):
        slots, masks, positions = model.slots(given), model.masks(given), model.positions(given)
        many = slots.shape[len(lead)] if slots.ndim == len(lead) + 2 else -1
        require_shape(f"slots of {what} are", slots.shape[:-1], (*lead, many), "(batch, [time,] slot, feature)")
        wanted = (*lead, many, *case.spec.frame_shape[1:])
        require_shape(f"masks of {what} are", masks.shape, wanted, "(batch, [time,] slot, height, width)")
        require_shape(f"positions of {what} are", positions.shape, (*lead, many, 2), "(batch, [time,] slot, 2)")
        total = masks.sum(-3)
        shared = masks.min() >= 0 and torch.allclose(total, torch.ones_like(total), atol=1e-3)
        low, high = total.aminmax()
        require(
            shared,
            f"masks of {what} sum to between {low:.3g} and {high:.3g}, the least mask being {masks.min():.3g}",
            "masks are each slot's share of each pixel: not negative, summing to 1 over slots",
        )


@check_of(ObjectCentric)
def check_places(case: Case, model: ObjectCentric) -> None:
    """Places in the world come with the camera that maps them to pixels."""
    belief = case.observe()
    for given in (belief, case.imagine(belief)):
        places, camera, slots = model.places(given), model.camera(given), model.slots(given)
        if places is None:
            require(camera is None, "there is a camera, but no places", "a camera maps places to pixels")
            continue
        require_shape("places are", places.shape, (*slots.shape[:-1], 3), "(batch, [time,] slot, 3)")
        require(isinstance(camera, Camera), "there are places, but no camera", "a camera maps places to pixels")
        assert camera is not None
        seen = camera.project(places)
        require_shape("the camera projects places to", seen.shape, (*slots.shape[:-1], 2), "(batch, [time,] slot, 2)")


@check_of(Editable)
def check_editable(case: Case, model: Editable) -> None:
    """`edit` without edits gives the same belief; every kind that it knows gives one to go on from."""
    belief = case.observe()
    require_equal(
        case,
        case.read(model.edit(belief, [])),
        case.read(belief),
        "edit without edits changes the scene",
        "edit gives the belief after the edits that it is asked for",
    )
    known = [edit for edit in _edits(model, belief) if isinstance(edit, model.edits)]
    require(len(known) > 0, "edit knows no kind of edit", f"`edits` names some of {', '.join(EDITS)}")
    for edit in known:
        require_belief(case, f"edit({_name(type(edit))})", belief, model.edit(belief, [edit]))


@check_of(Editable)
def check_edits_move_places(case: Case, model: Editable) -> None:
    """Where there are places, moving and swapping change those of the slots that are named, and of no other."""
    belief = case.observe()
    before = model.places(belief)
    if before is None:
        return
    by = (0.125, -0.0625, 0.0)
    wanted = before.clone()
    wanted[:, 0] += wanted.new_tensor(by)
    expected: list[tuple[Edit, Tensor]] = [
        (Move(0, by), wanted),
        (Swap(0, 1), torch.cat([before[:, [1, 0]], before[:, 2:]], 1)),
        (Scale(0, 0.5), before),
        (TurnCamera(10.0), before),
    ]
    for edit, places in expected:
        if isinstance(edit, model.edits):
            found = model.places(model.edit(belief, [edit]))
            assert found is not None
            told = f"edit({_name(type(edit))}) leaves places that are not those it should come to"
            require_equal(case, found, places, told, "an edit changes the places that it names, and no others")


@check_of(Editable)
def check_removed_objects_are_unseen(case: Case, model: Editable) -> None:
    """A removed object's mask is empty, whatever the others do."""
    if issubclass(Remove, model.edits):
        masks = model.masks(model.edit(case.observe(), [Remove(0)]))
        left = masks[:, 0].max().item()
        require(left <= 1e-3, f"a removed object still has {left:.3g} of a pixel", "what is removed is not seen")


def _edits(model: Editable, belief: Belief) -> list[Edit]:
    last = model.slots(belief).shape[-2] - 1
    place = (0.0, 0.0, 0.0)
    return [Move(last, (0.1, 0.0, 0.0)), Remove(last), Scale(0, 0.5), Swap(0, last), TurnCamera(5.0), Add(0, place)]


def _name(kind: type) -> str:
    return kind.__name__


@check_of(ModuleControl)
def check_module_control(case: Case, model: ModuleControl) -> None:
    """`do` and `do_all` make one step, whichever of the `module_count` modules slots apply."""
    slots, count = model.slot_count, model.module_count
    require(count >= 1, f"module_count is {count!r}", "module_count is their number, at least 1")
    require(slots >= 1, f"slot_count is {slots!r}", "slot_count is the number of slots, at least 1")
    for module in {0, count - 1}:
        belief, slot = case.observe(), torch.full((case.batch,), slots - 1)
        require_belief(case, "do", belief, model.do(belief, slot, torch.full_like(slot, module)))
        all_slots = torch.full((case.batch, slots), module)
        require_belief(case, "do_all", belief, model.do_all(belief, all_slots))


@check_of(Swappable)
def check_swappable(case: Case, model: Swappable) -> None:
    """`swap_content` takes the looks from another belief; from itself it changes nothing."""
    belief = case.observe()
    other = belief[torch.arange(case.batch).roll(1)]
    require_belief(case, "swap_content", belief, model.swap_content(belief, other))
    require_equal(
        case,
        case.read(model.swap_content(belief, belief.clone())),
        case.read(belief),
        "swap_content with a belief's own content changes it",
        "swap_content gives the belief with the appearance of the content",
    )


@check_of(Cascade)
def check_cascade(case: Case, model: Cascade) -> None:
    """`render(level=)` gives frames of each level's size and rate, ever finer, the last being what `render` gives."""
    require(len(model.levels) >= 1, "there are no levels", "`levels` says size and rate of each")
    volumes = [level.rate * level.size[0] * level.size[1] for level in model.levels]
    rising = volumes == sorted(volumes) and len(set(volumes)) == len(volumes)
    sizes = ", ".join(f"{height}x{width} at rate {rate}" for (height, width), rate in model.levels)
    require(rising, f"the levels are {sizes}", "each level is finer or faster than the one before")
    rollout = case.imagine(case.observe())
    for number, level in enumerate(model.levels):
        frames = model.render(rollout, level=number)
        wanted = (case.batch, case.horizon * level.rate, case.spec.frame_shape[0], *level.size)
        axes = "(batch, rate x time, channel, height, width)"
        require_shape(f"level {number} renders frames", frames.shape, wanted, axes)
    last = tuple(model.levels[-1].size)
    require(last == case.spec.frame_shape[1:], f"the last level is {last}", "the last level is the world's own size")
    require_equal(
        case,
        model.render(rollout, level=len(model.levels) - 1),
        model.render(rollout),
        "the last level differs from what render gives",
        "the last level is the full resolution",
    )


def require_shape(what: str, shape: torch.Size, wanted: tuple[int, ...], axes: str) -> None:
    """A tensor has the shape that the contract says."""
    require(tuple(shape) == wanted, f"{what} of shape {tuple(shape)}, not {wanted}", f"its axes are {axes}")


def require_belief(case: Case, method: str, before: Belief, after: Belief) -> None:
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
