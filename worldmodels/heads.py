"""Heads: rewards, terminations and other recorded signals, predicted from a model's features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.batch import Batch
from worldmodels.blocks.twohot import TwoHot
from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Depth, NotNegative, Positive, Width

if TYPE_CHECKING:
    from worldmodels.model import WorldModel


@dataclass(frozen=True)
class HeadConfig(Settings):
    """One head: a small network from features to a scalar.

    Attributes:
        target: "reward", "terminated", or the name of a recorded signal.
        weight: Its loss's weight beside the model's own.
        hidden: Width of the hidden layers.
        layers: Number of hidden layers.
        loss: "smooth_l1", "mse", "bce" for what is true or false, or "twohot" for a distribution over bins, whose
            gradients are of one size whatever the reward's.
        unit: The target's size that the network should see as 1, so that losses of pixels and of metres compare.
        pair: Whether it reads the features before and after a step, as a reward that is a difference needs,
            rather than those of one time.
        detach: Whether its gradient stops at the features, so that it leaves the model as it is.
    """

    target: str
    weight: NotNegative = 1.0
    hidden: Width = 128
    layers: Depth = 2
    loss: Literal["smooth_l1", "mse", "bce", "twohot"] = "smooth_l1"
    unit: Positive = 1.0
    pair: bool = False
    detach: bool = False


class Head(nn.Module):
    """A multilayer perceptron with one output, for "bce" a logit; for "twohot" with one for each bin."""

    def __init__(self, config: HeadConfig, features: int) -> None:
        super().__init__()
        self.config = config
        width = features * (2 if config.pair else 1)
        sizes = [width] + [config.hidden] * config.layers
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), nn.SiLU()]
        self.bins = TwoHot() if config.loss == "twohot" else None
        last = nn.Linear(sizes[-1], 1 if self.bins is None else self.bins.count)
        if self.bins is not None:
            # Equal chances mean 0, rather than a random number as large as the bins.
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.network = nn.Sequential(*layers, last)
        # By functions, and parameters by their dict: in an imagined step a module's call, or looking for its
        # attributes, costs nearly as much as its layer.
        *self._hidden, self._last = [layer._parameters for layer in self.network if isinstance(layer, nn.Linear)]

    def forward(self, features: Tensor, previous: Tensor | None = None) -> Tensor:
        """The output (...,), in the config's unit or a logit, of features (..., feature); for "twohot" (..., bin).

        `previous` are the features before the step, which a `pair` head reads too.
        """
        if self.config.pair:
            if previous is None:
                raise InputError(f"the head for {self.config.target!r} needs the features before the step too.")
            features = torch.cat([previous, features], -1)
        in_place = not torch.is_grad_enabled()
        layer: Any
        for layer in self._hidden:
            features = F.silu(F.linear(features, layer["weight"], layer["bias"]), in_place)
        layer = self._last
        output = F.linear(features, layer["weight"], layer["bias"])
        return output.squeeze(-1) if self.bins is None else output

    def value(self, features: Tensor, previous: Tensor | None = None) -> Tensor:
        """The prediction (...,): a number in the target's unit, or a probability."""
        output = self.forward(features, previous)
        if self.config.loss == "bce":
            return output.sigmoid()
        output = output if self.bins is None else self.bins.decode(output)
        return output if self.config.unit == 1 else output * self.config.unit

    def loss(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss of every entry, in the target's shape."""
        target = target.to(output.dtype)
        if self.config.loss != "bce":
            target = target / self.config.unit
        if self.bins is not None:
            return self.bins.loss(output, target)
        match self.config.loss:
            case "smooth_l1":
                return F.smooth_l1_loss(output, target, reduction="none")
            case "mse":
                return F.mse_loss(output, target, reduction="none")
        return F.binary_cross_entropy_with_logits(output, target, reduction="none")


class Heads(nn.ModuleDict):
    """The heads of a model by name."""

    @classmethod
    def build(cls, configs: Mapping[str, HeadConfig], features: int) -> Heads:
        """Fresh heads over features of a given width."""
        heads = cls()
        for name, config in configs.items():
            heads[name] = Head(config, features)
        return heads

    def named(self, name: str) -> Head:
        """The head of that name.

        Raises:
            InputError: if there is none.
        """
        head = self._modules.get(name)
        if head is None:
            known = ", ".join(self) or "none"
            raise InputError(f"this model has no head {name!r} (it has: {known}); train it with one: heads={{...}}.")
        return cast(Head, head)

    def to_json(self) -> dict[str, Any]:
        """The configs in JSON types."""
        return {name: asdict(self.named(name).config) for name in self}


def head_losses(heads: Heads, features: Tensor, batch: Batch, first: int = 0) -> dict[str, Tensor]:
    """Weighted losses by head.

    Args:
        heads: The heads.
        features: (batch, time, feature) at the frames `first`, `first + 1`, ... of the clips.
        batch: The clips, with what the heads should say.
        first: The frame that the first features belong to.
    """
    losses = {}
    for name in heads:
        head = heads.named(name)
        read = features.detach() if head.config.detach else features
        target = _target(head.config.target, batch)
        if head.config.target in ("reward", "terminated"):
            begin, span = first + 1, slice(first, first + features.shape[1] - 1)
            output = head(read[:, 1:], read[:, :-1])
        else:
            begin, span = first, slice(first, first + features.shape[1])
            output = head(read, read) if head.config.pair else head(read)
        losses[name] = head.config.weight * batch.mean(head.loss(output, target[:, span]), begin)
    return losses


def _target(name: str, batch: Batch) -> Tensor:
    targets = {"reward": batch.rewards, "terminated": batch.terminated, **batch.signals}
    target = targets.get(name)
    if target is None:
        known = ", ".join(key for key, value in targets.items() if value is not None) or "nothing"
        raise InputError(f"a head should learn {name!r}, which was not recorded; the data set has {known}.")
    return target


def check_targets(heads: Heads, batch: Batch) -> None:
    """Refuse heads whose loss does not fit what they should learn, seen on some clips.

    Raises:
        InputError: for a "bce" head of what is neither true nor false nor a share.
    """
    for name in heads:
        config = heads.named(name).config
        target = _target(config.target, batch)
        if config.loss == "bce" and not bool(((target >= 0) & (target <= 1)).all()):
            raise InputError(
                f"head {name!r} has loss=bce, which is for what is true or false; {config.target!r} goes from "
                f"{float(target.min()):.3g} to {float(target.max()):.3g}. Take smooth_l1 or mse."
            )


def attach_heads(model: WorldModel, heads: Mapping[str, HeadConfig]) -> None:
    """Give a model fresh heads, as wide as its features.

    Raises:
        InputError: for a model that does not say how wide they are, or a name that cannot be that of a head.
    """
    taken = nn.ModuleDict()
    for name in heads:
        if not name.isidentifier() or hasattr(taken, name):
            raise InputError(
                f"{name!r} cannot be the name of a head: it is a word of letters, digits and _, "
                "and none that a module uses itself, such as 'train'."
            )
    width = getattr(model, "feature_dim", None)
    if heads and not isinstance(width, int):
        raise InputError(f"{type(model).__name__} does not say how wide its features are: set `feature_dim`.")
    model.heads = Heads.build(heads, width) if heads and isinstance(width, int) else Heads()
