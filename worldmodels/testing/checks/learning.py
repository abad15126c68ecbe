"""What it says of losses and gradients."""

from __future__ import annotations

import copy

from worldmodels.rollout import Belief
from worldmodels.testing.case import Case, require
from worldmodels.testing.checks.registry import check


@check
def check_losses(case: Case) -> None:
    """`losses` gives finite scalars with a differentiable `total`."""
    model = copy.deepcopy(case.model).train()
    for progress in (0.0, 1.0):
        terms = model.losses(case.training_batch(), progress)
        require("total" in terms, f"losses gives {sorted(terms)} without 'total'", "`total` is what is minimised")
        for name, term in terms.items():
            require(term.ndim == 0, f"the loss {name!r} has shape {tuple(term.shape)}", "losses are scalars")
            require(term.isfinite(), f"the loss {name!r} is {term.item()} at progress {progress}", "losses are finite")
        require(terms["total"].requires_grad, "the total loss has no gradient", "`total` is differentiable")


@check
def check_loss_gradients(case: Case) -> None:
    """The total loss has finite gradients, and one for every parameter of the model but its heads'."""
    model = copy.deepcopy(case.model).train()
    model.losses(case.training_batch(), 0.5)["total"].backward()
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
def check_losses_with_beliefs(case: Case) -> None:
    """`losses_and_beliefs` gives the same terms, and the beliefs after every frame with gradients."""
    model = copy.deepcopy(case.model).train()
    batch = case.training_batch()
    terms, rollout = model.losses_and_beliefs(batch, 0.5)
    same = set(terms) == set(model.losses(batch, 0.5))
    require(same, "losses_and_beliefs gives other terms than losses", "both give the same terms")
    wanted = tuple(batch.frames.shape[:2])
    require(
        rollout.beliefs.batch_size == wanted,
        f"losses_and_beliefs gives beliefs of batch size {tuple(rollout.beliefs.batch_size)}, not {wanted}",
        "it gives the beliefs after every frame of the batch",
    )
    with model.differentiable():
        features = model.features(rollout)
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
