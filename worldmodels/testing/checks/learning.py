"""What it says of losses and gradients."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from worldmodels.batch import Batch
from worldmodels.errors import WorldModelsError
from worldmodels.losses import Losses
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief
from worldmodels.stages import Moment
from worldmodels.testing.case import Case, ConformanceError, require
from worldmodels.testing.checks.registry import check
from worldmodels.training import OptimizerConfig
from worldmodels.training.optimizer import make_optimizer


@check
def check_losses(case: Case) -> None:
    """`losses` gives finite scalars with a differentiable `total`, at every moment of the training."""
    model = copy.deepcopy(case.model).train()
    for moment in case.moments():
        terms = model.losses(case.training_batch(), moment)
        require("total" in terms, f"losses gives {sorted(terms)} without 'total'", "`total` is what is minimised")
        for name, term in terms.items():
            require(term.ndim == 0, f"the loss {name!r} has shape {tuple(term.shape)}", "losses are scalars")
            require(term.isfinite(), f"the loss {name!r} is {term.item()} at {moment}", "losses are finite")
        require(terms["total"].requires_grad, "the total loss has no gradient", "`total` is differentiable")


@check
def check_loss_gradients(case: Case) -> None:
    """The total losses have finite gradients, and together one for every parameter of the model but its heads'."""
    model = copy.deepcopy(case.model).train()
    for moment in case.moments():
        model.losses(case.training_batch(), moment)["total"].backward()
    own = [(name, p) for name, p in model.named_parameters() if not name.startswith("heads.")]
    untouched = [name for name, p in own if p.requires_grad and p.grad is None]
    require(
        not untouched,
        f"the loss reaches no gradient into {', '.join(untouched[:3])}" + (" and others" if untouched[3:] else ""),
        "every parameter is trained by the loss, or has requires_grad=False",
    )
    broken = [name for name, p in own if p.grad is not None and not p.grad.isfinite().all()]
    require(not broken, f"the gradient of {', '.join(broken[:3])} is not finite", "gradients are finite")


@check
def check_turns(case: Case) -> None:
    """In a group's turn the loss reaches that group, though no other group asks for gradients."""
    contract = "in a turn, `losses` gives the loss of the group whose turn it is"
    model = copy.deepcopy(case.model).train()
    for moment in case.moments():
        if moment.turn is None:
            continue
        model.zero_grad()
        prefixes = next((group.prefixes for group in model.groups if group.name == moment.turn), ())
        mine = [p.requires_grad_(name.startswith(prefixes)) for name, p in model.named_parameters()]
        total = model.losses(case.training_batch(), moment)["total"]
        require(total.requires_grad, f"in the turn of {moment.turn!r} the loss does not reach it", contract)
        total.backward()
        reached = any(p.grad is not None and bool(p.grad.any()) for p in mine if p.requires_grad)
        require(reached, f"in the turn of {moment.turn!r} its gradient is zero", contract)


@check
def check_stages(case: Case) -> None:
    """Stages and groups name one another rightly, and groups have parameters of their own."""
    try:
        make_optimizer(case.model, OptimizerConfig())
    except WorldModelsError as error:
        raise ConformanceError(
            str(error).rstrip("."), "stages name declared groups; each group has parameters"
        ) from error


@check
def check_prepare(case: Case) -> None:
    """`prepare` does the same on every process, and is the only initialisation: losses leave the weights alone."""
    batch, moment = case.training_batch(), case.moments()[0]
    models = [copy.deepcopy(case.model).train() for _ in range(2)]
    for model in models:
        torch.manual_seed(case.seed)
        with torch.no_grad():
            model.prepare(batch)
    one, other = ({name: p.detach().clone() for name, p in model.named_parameters()} for model in models)
    unequal = [name for name in one if not torch.equal(one[name], other[name])]
    require(not unequal, f"prepare sets {unequal[:1]} to other values in another process", "it does the same on all")
    broken = [name for name in one if not one[name].isfinite().all()]
    require(not broken, f"prepare makes {broken[:1]} infinite or undefined", "it leaves a model that can be trained")
    torch.manual_seed(case.seed)
    models[0].losses(batch, moment)
    changed = [name for name, p in models[0].named_parameters() if not torch.equal(p, one[name])]
    require(not changed, f"losses changes the parameter {changed[:1]}", "what depends on data is set in `prepare`")


@check
def check_weights(case: Case) -> None:
    """A model that says `weighted` learns nothing from frames that weigh nothing, and something from the others.

    In evaluation mode: running statistics may see all frames.
    """
    model, batch = copy.deepcopy(case.model), case.training_batch()
    if not model.weighted:
        return
    weights = torch.ones(batch.frames.shape[:2])
    weights[0, -1] = 0.0
    other = batch.frames.clone()
    other[0, -1] = other[0, -2]
    for moment in case.moments():
        padded, changed, whole = (
            _gradients(model, replace(batch, frames=frames, weights=w), moment)
            for frames, w in ((batch.frames, weights), (other, weights), (batch.frames, torch.ones_like(weights)))
        )
        # Means over fewer frames are rounded otherwise.
        same = all(torch.allclose(padded[name], changed[name], rtol=1e-3, atol=1e-6) for name in padded)
        require(
            same,
            f"a frame of weight 0 changes the gradient at {moment}",
            "a model that says `weighted` takes the means of its losses with `batch.mean`, whose weights it heeds",
        )
        differs = any(not torch.equal(padded[name], whole[name]) for name in padded)
        require(differs, f"weights change no gradient at {moment}", "a frame of weight 0 is left out, not learned")


def _gradients(model: WorldModel, batch: Batch, moment: Moment) -> dict[str, torch.Tensor]:
    model.zero_grad()
    torch.manual_seed(0)
    model.losses(batch, moment)["total"].backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@check
def check_losses_with_beliefs(case: Case) -> None:
    """Beliefs that come with the losses are those after every frame, with gradients."""
    model = copy.deepcopy(case.model).train()
    batch = case.training_batch()
    for moment in case.moments():
        terms = model.losses(batch, moment)
        if not isinstance(terms, Losses) or terms.beliefs is None:
            continue
        found, wanted = terms.beliefs.beliefs.batch_size, tuple(batch.frames.shape[:2])
        require(
            found == wanted,
            f"losses comes with beliefs of batch size {tuple(found)}, not {wanted}",
            "they are the beliefs after every frame of the batch",
        )
        with model.differentiable():
            features = model.features(terms.beliefs)
        require(features.requires_grad, "these beliefs carry no gradient", "heads learn on them, through them")


@check
def check_gradients_flow(case: Case) -> None:
    """Inside `differentiable()` features and imagined features have gradients; outside nothing has."""
    belief = case.observe()
    outside = [*belief.values(True, True), case.model.features(belief), case.model.render(belief)]
    require(
        not any(value.requires_grad for value in outside),
        "a public method keeps gradients outside differentiable()",
        "observe, imagine, step, render and features keep none by default",
    )
    with case.model.differentiable():
        belief = case.observe()
        features = case.model.features(belief)
        later = case.model.features(case.imagine(belief))
    for what, value in (("observe", features), ("imagine", later)):
        require(
            value.requires_grad,
            f"features have no gradient after {what}, inside differentiable()",
            "differentiable() keeps gradients from features back to the parameters",
        )
    if case.width and not case.model.codec.discrete:
        _check_action_gradient(case, belief.detach())


def _check_action_gradient(case: Case, belief: Belief) -> None:
    actions = case.actions(case.horizon)
    assert actions is not None
    actions.requires_grad_()
    with case.model.differentiable():
        case.model.features(case.imagine(belief, actions)).sum().backward()
    require(
        actions.grad is not None and actions.grad.abs().sum() > 0,
        "imagined features have no gradient in the actions, inside differentiable()",
        "gradient planners follow features back to actions",
    )
    case.model.zero_grad()
