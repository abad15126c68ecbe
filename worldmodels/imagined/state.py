"""`ImaginedState`: a branch of imagined environments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from worldmodels.rollout import Belief

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class ImaginedState:
    """What `save_state` gives and `restore_state` takes; it holds references, not copies, to tensors.

    Attributes:
        belief: Batch size (num_envs,).
        features: The belief's features, where they had been computed.
        elapsed: int64 (num_envs,), steps since each environment's reset.
        due: bool (num_envs,), which environments have ended and not been reset, or `None` for none.
        generator: State of the torch generator.
        np_random: State of the numpy generator, from which starts are drawn.
    """

    belief: Belief
    features: Tensor | None
    elapsed: Array
    due: Array | None
    generator: Tensor
    np_random: Mapping[str, Any]
