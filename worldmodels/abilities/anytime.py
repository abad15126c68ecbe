"""`AnyTime`: imagining at any time, without those before it."""

from __future__ import annotations

import math
from abc import abstractmethod

import torch
from torch import Tensor

from worldmodels.inputs import check_actions, check_times
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Rollout


class AnyTime(WorldModel):
    """Imagines at any time, fractions of a frame included. A model writes `_imagine_at`.

    Attributes:
        sparse: Whether it learns on clips whose frames do not follow one another (`Batch.times`).
    """

    sparse: bool = False

    def imagine_at(
        self,
        belief: Belief,
        times: Tensor,
        actions: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Rollout:
        """Beliefs at times of one future; the order of the times changes nothing but the order of the answers.

        Args:
            belief: Where to begin, batch size (batch,).
            times: (batch, query), in frames after the belief, above 0; not only whole numbers.
            actions: (batch, steps, action), at least as many steps as the latest time.
            generator: Where all randomness comes from.
            temperature: Scales the noise of every latent; 0 means the means.

        Returns:
            The beliefs at the times, in their order; `last` is the belief at the latest one.

        Raises:
            InputError: for wrong shapes, or times that are not above 0 or that the actions do not reach.
        """
        batch = int(belief.batch_size[0])
        times = check_times(self, times, actions, batch)
        steps = math.ceil(float(times.max())) if actions is None or actions.ndim != 3 else actions.shape[1]
        actions = check_actions(self, actions, batch, steps, belief.device)
        rollout: Rollout = self._run_hook(self._imagine_at, belief, times, actions, Noise(generator, temperature))
        return rollout

    @abstractmethod
    def _imagine_at(self, belief: Belief, times: Tensor, actions: Tensor | None, noise: Noise) -> Rollout: ...

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        times = torch.arange(1, horizon + 1, dtype=self.dtype, device=self.device)
        times = times.expand(int(belief.batch_size[0]), -1)
        return self._imagine_at(belief, times, actions, noise)
