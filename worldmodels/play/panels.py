"""`Panel`: the pictures of a moment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch

from worldmodels.abilities import AnyTime, Cascade, ObjectCentric
from worldmodels.data.frames import to_numpy
from worldmodels.model import WorldModel
from worldmodels.play.history import Array, Point
from worldmodels.play.messages import View
from worldmodels.rollout import Belief


class Panel(NamedTuple):
    """A picture, or a few that follow one another.

    Attributes:
        name: What it shows.
        frames: uint8 (time, height, width, channel).
    """

    name: str
    frames: Array


def rendered(model: WorldModel, belief: Belief, before: Point | None = None) -> tuple[Array, ...]:
    """What a model renders of a belief: one video for each of its levels, mostly of one frame.

    Args:
        model: Whose belief it is.
        belief: Of batch size (1,).
        before: The point before; where nothing that rendering reads has changed, its frames stand.
    """
    if before is not None and alike(before.belief, belief, (*model.varying, *model.constant)):
        return before.frames
    if not isinstance(model, Cascade):
        return (to_numpy(model.render(belief)),)
    videos = [model.render(belief, level) for level in range(len(model.levels))]
    return tuple(to_numpy(video[0] if video.ndim == 5 else video) for video in videos)


def alike(first: Belief, second: Belief, names: Iterable[str]) -> bool:
    """Whether entries of two beliefs are the same; a step that leaves one alone mostly hands it on as it is."""
    return all(first[name] is second[name] or torch.equal(first[name], second[name]) for name in names)


def panels(
    model: WorldModel, past: list[Point], view: View, seed: int, objects: Callable[[Belief], Array]
) -> list[Panel]:
    """The pictures of the newest point: the real frame, what is imagined, and what else is asked for.

    Args:
        model: The model.
        past: All points up to the newest.
        view: What is asked for.
        seed: Of what is imagined for a picture alone.
        objects: Masks (1, height, width, 3) of a belief.
    """
    here, shown = past[-1], list[Panel]()
    real = next((point.real for point in reversed(past) if point.real is not None), None)
    if real is not None:
        shown.append(Panel("real", real.frame[None]))
    names = ["imagined"] if len(here.frames) == 1 else [f"imagined, level {i}" for i in range(len(here.frames))]
    shown += map(Panel, names, here.frames)
    if view.objects and isinstance(model, ObjectCentric):
        shown.append(Panel("objects", objects(here.belief)))
    if view.time is not None and isinstance(model, AnyTime):
        shown.append(Panel(f"{view.time:g} frames later", _later(model, past, view.time, view.temperature, seed)))
    return shown


def _later(model: AnyTime, past: list[Point], frames: float, temperature: float, seed: int) -> Array:
    """What is imagined so many frames later, if the last action goes on; it draws nothing from what is played."""
    times = torch.tensor([[frames]], dtype=model.dtype, device=model.device)
    settings: dict[str, Any] = {
        "generator": torch.Generator(model.device).manual_seed(seed),
        "temperature": temperature,
    }
    actions = None
    if model.codec.dim:
        vector = next((point.vector for point in reversed(past) if point.vector is not None), None)
        steady = torch.zeros(1, model.codec.dim, device=model.device) if vector is None else vector
        actions = steady.unsqueeze(1).expand(-1, math.ceil(frames), -1)
    later = model.imagine_at(past[-1].belief, times, actions, **settings)
    video: Array = to_numpy(model.render(later)[0])
    return video
