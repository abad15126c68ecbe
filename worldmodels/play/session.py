"""`Session`: one visitor in one learned world."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces

from worldmodels.abilities import Editable, Likelihood, ModuleControl
from worldmodels.data.recorder import stack_actions
from worldmodels.data.video import write_video
from worldmodels.edits import Edit, Move, read_edit
from worldmodels.errors import InputError
from worldmodels.play import messages
from worldmodels.play.controls import read_action
from worldmodels.play.history import Array, History, Point
from worldmodels.play.objects import across, positions, slot_at, tinted
from worldmodels.play.panels import Panel, alike, panels, rendered
from worldmodels.play.place import Place
from worldmodels.play.reality import RealStep
from worldmodels.play.surprise import surprise
from worldmodels.rewards import read_head
from worldmodels.rollout import Belief
from worldmodels.transitions import Transitions


class Session:
    """What one visitor sees and has done. Beliefs are values: rewinding and branching is choosing one.

    Args:
        place: The learned world.
        seed: Of the start and of all draws.
        view: What is shown.

    Attributes:
        history: All that was played.
        reality: The real environment beside, if there is one.
    """

    def __init__(self, place: Place, seed: int = 0, view: messages.View | None = None) -> None:
        self.place, self.model, self.seed = place, place.model, seed
        self.view = view or messages.View()
        self.reality = place.reality()
        self._draws = torch.Generator(self.model.device).manual_seed(seed)
        self._picked: int | None = None
        self._tinted: tuple[Belief, Array] | None = None
        first = None
        if self.reality is None:
            self._context = place.draw_start(seed)
        else:
            seen, acted = self.reality.begin(seed, place.context)
            self._context, first = place.encode(seen, acted), RealStep(seen[-1], 0.0, "", None)
        belief = self.model.observe(*self._context, generator=self._draws)
        self.history = History(Point(belief, rendered(self.model, belief), real=first))

    def handle(self, message: messages.Message) -> None:
        """Do what a message asks.

        Raises:
            InputError: for what is not possible here.
        """
        match message:
            case messages.Step(action, modules):
                self.step(action, modules)
            case messages.Rewind(to):
                self.history.rewind(to)
            case messages.Branch():
                self.history.fork()
            case messages.Switch(branch):
                self.history.switch(branch)
            case messages.Pick(at):
                self._picked = slot_at(self.model, self.history.here.belief, at)
            case messages.Drag(slot, by, more):
                self.edit([Move(slot, across(self.model, self.history.here.belief, slot, by))], more)
            case messages.Change(edit):
                self.edit([read_edit(edit)])
            case messages.View():
                self.view = message

    @torch.no_grad()
    def step(self, action: Any = None, modules: Sequence[int] | None = None) -> None:
        """One step of the imagined world, and of the real one.

        Args:
            action: As JSON; may be left out where there is no choice.
            modules: For each slot its module, -1 for its own choice.

        Raises:
            InputError: for an action outside the space, or modules that the model has not.
        """
        model, before, space = self.model, self.history.here.belief, self.model.spec.action_space
        if isinstance(space, spaces.Discrete) and space.n == 1:
            action = int(space.start)
        chosen = None if space is None else read_action(space, action)
        vector = None if space is None else model.codec.encode(stack_actions(space, [chosen]), model.device)
        options: dict[str, Any] = {"generator": self._draws, "temperature": self.view.temperature}
        if modules is None:
            belief = model.step(before, vector, **options)
        elif isinstance(model, ModuleControl) and space is None:
            belief = model.do_all(before, torch.tensor([list(modules)], device=model.device), **options)
        else:
            raise InputError("this model has no modules to choose.")
        acted = [earlier for point in self.history.past for earlier in point.actions]
        real = None if self.reality is None else self.reality.step(acted, chosen)
        transitions = Transitions(model, before, belief, vector)
        readings = {name: float(read_head(model.heads.named(name), transitions)) for name in model.heads}
        point = Point(belief, rendered(model, belief, self.history.here), (chosen,), vector, real, readings)
        if self.view.surprise and isinstance(model, Likelihood):
            readings["surprise"] = surprise(model, self._context, [*self.history.past, point], self._draws)
        self.history.add(point)

    def edit(self, edits: Sequence[Edit], more: bool = False) -> None:
        """Change the scene; the real environment does not follow.

        Args:
            edits: One after the other.
            more: Whether they go on with the edit that led here, as parts of a gesture do.

        Raises:
            InputError: where the model cannot.
        """
        if not isinstance(self.model, Editable):
            raise InputError("this model's scenes cannot be edited.")
        here = self.history.here
        belief = self.model.edit(here.belief, edits)
        point = Point(belief, rendered(self.model, belief), readings=here.readings)
        if more and self.history.at and not here.actions:
            self.history.replace(point)
        else:
            self.history.add(point)

    def panels(self) -> list[Panel]:
        """The pictures of where the visitor is."""
        return panels(self.model, self.history.past, self.view, self.seed, self._objects)

    def _objects(self, belief: Belief) -> Array:
        """The masks of a belief, painted once for as long as it stays as it is."""
        known = self._tinted
        if known is None or set(known[0].keys()) != set(belief.keys()) or not alike(known[0], belief, belief.keys()):
            known = self._tinted = belief, tinted(self.model, belief)
        return known[1]

    def header(self) -> dict[str, Any]:
        """All else that the page shows, in JSON types."""
        history, here = self.history, self.history.here
        ended = next((point.real for point in history.past if point.real is not None and point.real.ended), None)
        return {
            "at": history.at,
            "length": len(history.branches[history.branch]),
            "branch": history.branch,
            "branches": [len(branch) for branch in history.branches],
            "readings": {name: _rounded(value) for name, value in here.readings.items()},
            "reward": None if here.real is None else _rounded(here.real.reward),
            "ended": None if ended is None else {"how": ended.ended, "success": ended.success},
            "picked": self._picked,
            "slots": positions(self.model, here.belief),
        }

    def video(self) -> bytes:
        """An MP4 of this branch up to here, the real frames on the left where there are any."""
        frames = [point.frames[-1][-1] for point in self.history.past]
        real = [point.real.frame if point.real is not None else None for point in self.history.past]
        if real[0] is not None and real[0].shape == frames[0].shape:
            held: list[Any] = []
            for frame in real:
                held.append(held[-1] if frame is None else frame)  # it waits while the scene is edited
            gap = np.full_like(frames[0][:, : max(1, frames[0].shape[1] // 32)], 40)
            frames = [np.concatenate([left, gap, right], 1) for left, right in zip(held, frames, strict=True)]
        with tempfile.TemporaryDirectory() as folder:
            path = write_video(Path(folder) / "play.mp4", np.stack(frames), self.model.spec.fps)
            return path.read_bytes()

    def close(self) -> None:
        """Close the real environment."""
        if self.reality is not None:
            self.reality.close()


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
