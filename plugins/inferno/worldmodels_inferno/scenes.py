"""What a model makes of scenes whose truth is known: pictures, objects, places, edits and turned views."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from worldmodels.abilities import Editable, ObjectCentric
from worldmodels.edits import Add, Edit, Move, Remove, Swap, TurnCamera
from worldmodels.evaluation.segmentation import adjusted_rand_index
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief
from worldmodels_envs.cater.stills import TURN, Edited

EDITS = ("moved", "removed", "added", "swapped")
VIEWS = {"left": -TURN, "right": TURN}
CHANGED = 0.01
"""Squared difference, summed over colours, from which on a pixel counts as changed by an edit."""

OBJECT = 4.0
"""Pixels that a slot must show to count as an object."""

_CHUNK = 20


@dataclass
class Findings:
    """One value for each scene, by name.

    Attributes:
        values: Such as "psnr_db"; "moved" and its like are the error that an edit leaves in the region that truly
            changes, as a share of that of the picture before.
        found: True places and those of the slots that show the objects (object, 2, 2), each as (x, y).
        pictures: By name, of the first scenes (scene, channel, height, width).
    """

    values: dict[str, list[float]] = field(default_factory=dict)
    found: list[NDArray[np.float64]] = field(default_factory=list)
    pictures: dict[str, list[Tensor]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One more value of a name."""
        self.values.setdefault(name, []).append(value)

    def correlation(self) -> float:
        """Pearson's correlation of true and found places, the mean of both axes."""
        pairs = np.concatenate(self.found)
        return float(np.mean([np.corrcoef(pairs[:, 0, axis], pairs[:, 1, axis])[0, 1] for axis in range(2)]))


def findings(model: WorldModel, scenes: Sequence[Edited], shown: int = 6) -> Findings:
    """What a model makes of scenes.

    Args:
        model: Any; of what is not object-centric or editable there are no values.
        scenes: With their true edits.
        shown: Of how many scenes the pictures are kept.
    """
    result = Findings()
    for begin in range(0, len(scenes), _CHUNK):
        chunk = scenes[begin : begin + _CHUNK]
        frames = torch.stack([as_frame(scene.pictures["scene"].frame) for scene in chunk])
        belief = model.observe(frames.unsqueeze(1), temperature=0.0)
        painted = model.render(belief)
        for index, scene in enumerate(chunk):
            keep = begin + index < shown
            _picture(result, "scene", frames[index], painted[index], keep)
            if isinstance(model, ObjectCentric):
                slots = _objects(result, model, belief[index : index + 1], scene)
                if isinstance(model, Editable):
                    _edits(result, model, belief[index : index + 1], scene, slots, keep)
    return result


def as_frame(picture: NDArray[np.uint8]) -> Tensor:
    """A picture (height, width, 3) as a frame (3, height, width) from 0 to 1."""
    return torch.from_numpy(picture.copy()).permute(2, 0, 1).float() / 255


def decibel(found: Tensor, true: Tensor) -> float:
    """Peak signal-to-noise ratio of frames from 0 to 1."""
    return -10 * math.log10(max(float((found - true).square().mean()), 1e-10))


def _picture(result: Findings, name: str, true: Tensor, found: Tensor, keep: bool) -> None:
    if name == "scene":
        result.add("psnr_db", decibel(found, true))
        result.add("mse", float((found - true).square().mean()))
    if keep:
        result.pictures.setdefault(f"true {name}", []).append(true)
        result.pictures.setdefault(name, []).append(found)


def _objects(result: Findings, model: ObjectCentric, belief: Belief, scene: Edited) -> list[int]:
    """Scores of the decomposition; returns the slot of each true object, -1 where none shows any of it."""
    mask = scene.pictures["scene"].mask
    assert mask is not None
    true, masks = torch.from_numpy(mask.astype(np.int64)) + 1, model.masks(belief)[0]
    labels = masks.argmax(0)
    result.add("ari", float(adjusted_rand_index(labels, true, foreground=False)))
    result.add("ari_foreground", float(adjusted_rand_index(labels, true)))
    if isinstance(model, Editable):
        # A model's last slot is its background's; those that show next to nothing are spare.
        result.add("ari_objects", float(adjusted_rand_index(masks[:-1].argmax(0), true)))
        shown = masks[:-1].sum((-1, -2)) >= OBJECT
        result.add("spare_objects", float(max(0, int(shown.sum()) - len(scene.scene.things))))
    overlap = torch.stack([(masks * (true == number + 1)).sum((-1, -2)) for number in range(len(scene.scene.things))])
    rows, columns = linear_sum_assignment(-overlap.numpy())
    slots = [-1] * len(overlap)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        slots[row] = column if overlap[row, column] >= 1 else -1
    places = model.places(belief)
    if places is not None:
        known = [(number, slot) for number, slot in enumerate(slots) if slot >= 0]
        here = places[0].double().numpy()
        result.found.append(
            np.array([(scene.scene.places[number, :2], here[slot, :2]) for number, slot in known]).reshape(-1, 2, 2)
        )
        for number, slot in known:
            result.add("place_error", float(np.linalg.norm(scene.scene.places[number] - here[slot])))
    return slots


def _edits(result: Findings, model: Editable, belief: Belief, scene: Edited, slots: list[int], keep: bool) -> None:
    """What edits leave of the error in what they should change, and how turned views look."""
    before = as_frame(scene.pictures["scene"].frame)
    for name in EDITS:
        edits = _edit(name, scene, slots, model, belief)
        true = as_frame(scene.pictures[name].frame)
        found = model.render(model.edit(belief, edits))[0] if edits else before
        changed = (true - before).square().sum(0) > CHANGED
        if changed.sum() < OBJECT:  # the object is hidden, and the edit changes nothing that could be judged
            continue
        left, was = ((picture - true).square().sum(0)[changed].mean() for picture in (found, before))
        result.add(name, float(left / was))
        _picture(result, name, true, found, keep)
    for name, degrees in VIEWS.items():
        turned = model.edit(belief, [TurnCamera(degrees)])
        true, found = as_frame(scene.pictures[name].frame), model.render(turned)[0]
        result.add("view_psnr_db", decibel(found, true))
        result.add("view_copied_psnr_db", decibel(before, true))
        there = torch.from_numpy(scene.pictures[name].mask >= 0)  # type: ignore[operator]
        seen = model.masks(turned)[0, -1] < 0.5
        result.add("view_iou", float((seen & there).sum() / (seen | there).sum().clamp_min(1)))
        _picture(result, name, true, found, keep)


def _edit(name: str, scene: Edited, slots: list[int], model: Editable, belief: Belief) -> list[Edit]:
    """The edits that a true one is for a model; none where it does not see the object."""
    first, second = slots[0], slots[1]
    if first < 0 or (name == "swapped" and second < 0):
        return []
    if name == "moved":
        return [Move(first, tuple(scene.by.tolist()))]
    if name == "removed":
        return [Remove(first)]
    if name == "added":
        guest = as_frame(scene.pictures["guest"].frame).unsqueeze(0)
        source = model.observe(guest.unsqueeze(1), temperature=0.0)
        like = int(model.masks(source)[0, :-1].sum((-1, -2)).argmax())
        return [Add(like, tuple(scene.at.tolist()), source)]
    # Objects of different sizes stand at different heights: they change places on the ground.
    places = model.places(belief)
    assert places is not None
    rise = float(places[0, first, 2] - places[0, second, 2])
    return [Swap(first, second, "place"), Move(first, (0.0, 0.0, rise)), Move(second, (0.0, 0.0, -rise))]
