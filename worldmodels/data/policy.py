"""`PolicySource`: a policy by the place where it can be imported, for the command line and other processes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from worldmodels.errors import InputError


@runtime_checkable
class Predictor(Protocol):
    """A policy as stable-baselines3 has it; planners are ones too."""

    def predict(self, observation: Any, state: Any = None, episode_start: Any = None) -> tuple[Any, Any]:
        """The action for an observation, and the policy's next state."""
        ...


Policy = Predictor | Callable[[Any], Any]


@dataclass(frozen=True)
class PolicySource:
    """Where a policy is.

    Attributes:
        target: "module:NAME", or "module:CLASS.METHOD": the policy itself or, with arguments, what makes it.
        arguments: What is passed to it, such as {"path": "policy.zip"} for "stable_baselines3:PPO.load".
    """

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Policy:
        """The policy.

        Raises:
            InputError: where it cannot be imported or made, or is none.
        """
        module, sign, name = self.target.partition(":")
        if not sign or not name:
            raise InputError(f"policy={self.target!r} is not MODULE:NAME, such as my_package.expert:act.")
        try:
            found: Any = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
            policy: Any = found(**self.arguments) if self.arguments else found
        except (ImportError, AttributeError, TypeError, OSError, ValueError) as error:
            given = f" with {dict(self.arguments)}" if self.arguments else ""
            raise InputError(f"policy {self.target!r}{given} cannot be had: {error}") from error
        if not callable(policy) and not isinstance(policy, Predictor):
            raise InputError(
                f"policy {self.target!r} is {policy!r:.80}: neither a function nor an object with predict."
            )
        chosen: Policy = policy
        return chosen
