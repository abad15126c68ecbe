"""What follows from weights alone, kept while they stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

T = TypeVar("T")


def kept(module: nn.Module, name: object, weights: Sequence[Tensor], make: Callable[[], T]) -> T:
    """What `make` gives, computed again only when one of the weights has changed or been replaced.

    A flow's inverse at batch size 1 spends more time on its weights (triangular solves, scales) than on the frame.
    While a module trains nothing is kept; and where gradients are recorded, which have to reach the weights, what was
    kept is dropped, for PyTorch's fused optimisers change weights without a trace.

    Args:
        module: Where it is kept; not a part of its state.
        name: Which of the things that the module keeps.
        weights: All that it depends on.
        make: Computes it.
    """
    if module.training or torch.is_grad_enabled():
        module.__dict__.pop("_kept", None)
        return make()
    store: dict[object, tuple[list[tuple[Tensor, int, int]], T]] = module.__dict__.setdefault("_kept", {})
    known, made = store.get(name, ([], None))
    # A tensor's version counts changes in place; `module.to` puts other memory behind the same parameter.
    if made is not None and all(
        old is new and version == new._version and at == new.data_ptr()
        for new, (old, version, at) in zip(weights, known, strict=True)
    ):
        return made
    made = make()
    if not any(weight.is_inference() for weight in weights):  # these have no version
        store[name] = [(weight, weight._version, weight.data_ptr()) for weight in weights], made
    return made
