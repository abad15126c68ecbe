"""`worldmodels evaluate scenes`: pictures, objects, places, edits and turned views of CLEVR-like stills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths, exactly
from worldmodels.evaluation.intervals import Estimate, mean_interval, success_interval
from worldmodels.limits import Count, Device, Limit, Seed, Several

if TYPE_CHECKING:
    from worldmodels_envs.cater.stills import Edited
    from worldmodels_inferno.scenes import Findings


@dataclass(frozen=True)
class ScenesOptions(Settings):
    """Models on scenes made for it, each with its true edits and views.

    Attributes:
        checkpoints: One or more trained models, such as [runs/inferno,runs/slot_attention].
        out: The report's folder.
        variant: Of the stills: "clevr4", "clevr4_jitter", "clevr2345", "clevr6" or "clevr10".
        options: Changes to the variant, as options.name=value.
        scenes: How many.
        seed: Of the scenes.
        slots: Of INFERNO, where not the checkpoint's own: for scenes of more objects than it has learned from.
        device: Where the models are.
    """

    checkpoints: Several
    out: str = "runs/scenes"
    variant: str = "clevr4"
    options: dict[str, object] | None = None
    scenes: Count = 200
    seed: Seed = 1_000_000
    slots: Annotated[int, Limit(1, 256)] | None = None
    device: Device = "cpu"


def evaluate(options: ScenesOptions) -> Result:
    """Every checkpoint on the same scenes; the figures are those of `figures`."""
    import worldmodels
    from worldmodels_inferno.model import INFERNO, with_slots
    from worldmodels_inferno.scenes import findings
    from worldmodels_inferno.scenes_report import scenes_report

    scenes, found = make_scenes(options), {}
    for path in checkpoint_paths(options.checkpoints):
        model = worldmodels.load(path, device=options.device).eval()
        if options.slots is not None:
            if not isinstance(model, INFERNO):
                raise InputError(f"{path} holds a {type(model).__name__}; only INFERNO takes another number of slots.")
            model = with_slots(model, options.slots)
        size = scenes[0].pictures["scene"].frame.shape
        if model.spec.frame_shape != (size[2], *size[:2]):
            raise InputError(f"{path} is for frames {model.spec.frame_shape}, the stills' are {size}.")
        found[path] = findings(model, scenes)
    measured = {path: figures(result) for path, result in found.items()}
    provenance = {"variant": options.variant, "scenes": options.scenes, "seed": options.seed}
    return Result(measured, scenes_report(measured, found, provenance))


def figures(found: Findings) -> dict[str, Estimate]:
    """Means over scenes; of an edit, in which share it halves the error, and in which it leaves a tenth at most."""
    from worldmodels_inferno.scenes import EDITS

    measured: dict[str, Estimate] = {}
    for name, values in found.values.items():
        if name in EDITS:
            for suffix, limit in (("halved", 0.5), ("tenth", 0.1)):
                successes = int((np.array(values) < limit).sum())
                measured[f"{name}_{suffix}"] = success_interval(successes, len(values))
        else:
            measured[name] = mean_interval(values)
    if found.found:
        measured["xy_correlation"] = exactly(found.correlation())
    return measured


def make_scenes(options: ScenesOptions) -> list[Edited]:
    """The scenes, with their true edits.

    Raises:
        InputError: where the generators are not installed, or refuse the options.
    """
    try:
        from worldmodels_envs.cater.stills import STILLS, edited_stills
    except ImportError as error:
        raise InputError(f"evaluate scenes makes its stills with worldmodels-envs[cater]: {error}.") from error
    try:
        config = STILLS.resolve(options.variant, **(options.options or {}))
        return list(edited_stills(config, options.scenes, options.seed))
    except (ValueError, TypeError) as error:
        raise InputError(str(error)) from error


EVALUATION = Evaluation("scenes", ScenesOptions, evaluate)
