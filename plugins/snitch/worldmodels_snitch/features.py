"""What a world model believes after every frame of every video, computed once and kept on disk."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from worldmodels.abilities import ObjectCentric
from worldmodels.data.frames import to_float
from worldmodels.data.store import Episodes
from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.plugins import name_of
from worldmodels.progress import Progress
from worldmodels.rollout import Rollout
from worldmodels_snitch.inputs import Features, episodes_digest

Read = Literal["auto", "features", "slots"]
CHUNK = 32  # frames that a model observes at once, so that the skip features of a long video fit into memory


def model_features(
    model: WorldModel,
    episodes: Episodes,
    folder: str | Path,
    *,
    read: Read = "auto",
    batch_size: int = 8,
    label: str | None = None,
) -> Features:
    """The features, or slots, of the beliefs after every frame, with the means of all latents.

    They are kept in a file of the folder that is named for weights, data and settings; a computation that was cut
    short goes on with the next video.

    Args:
        model: A trained model of a world without actions.
        episodes: Videos of one length.
        folder: Where the file is.
        read: "slots" for an object-centric model, "features" for any, "auto" for slots where there are some.
        batch_size: Videos at a time.
        label: Of the progress bar; `None` shows none.

    Raises:
        InputError: where model and videos do not fit, or a model without slots should give some.
    """
    _check(model, episodes, read)
    slots = read == "slots" or (read == "auto" and isinstance(model, ObjectCentric))
    frames, count = int(episodes.steps[0]) + 1, len(episodes)
    shape = (frames, *_read(model, model.observe(_frames(episodes, 0, 1, model)[:, :1], every=True), slots).shape[2:])
    path = Path(folder) / f"{_key(model, episodes, slots)}.f32"
    if not path.exists():
        _compute(model, episodes, path, shape, slots, batch_size, label)
    return Features(np.memmap(path, np.float32, "r", shape=(count, *shape)), path.stem)


def _compute(
    model: WorldModel,
    episodes: Episodes,
    path: Path,
    shape: tuple[int, ...],
    slots: bool,
    batch_size: int,
    label: str | None,
) -> None:
    """Append videos to an unfinished file, which is renamed at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    size = 4 * int(np.prod(shape))
    with open(part, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two evaluations may share a folder
        if path.exists():
            part.unlink(missing_ok=True)
            return
        done = file.tell() // size
        file.truncate(done * size)
        with Progress(None, label or "", len(episodes), done=done, unit="video", show=label is not None) as bar:
            for first in range(done, len(episodes), batch_size):
                last = min(first + batch_size, len(episodes))
                videos = torch.cat(list(_believed(model, _frames(episodes, first, last, model), slots)), 1)
                file.write(np.ascontiguousarray(videos.cpu().numpy(), np.float32).tobytes())
                bar.update(last - first)
        file.flush()
        os.fsync(file.fileno())
        part.replace(path)


def _believed(model: WorldModel, frames: Tensor, slots: bool) -> Iterator[Tensor]:
    belief = None
    for chunk in torch.split(frames, CHUNK, 1):
        rollout: Rollout = model.observe(chunk, belief=belief, every=True, temperature=0.0)
        belief = rollout.last
        yield _read(model, rollout, slots)


def _read(model: WorldModel, rollout: Rollout, slots: bool) -> Tensor:
    """What the head reads of beliefs, (batch, time, slot, feature)."""
    if not slots:
        return model.features(rollout).unsqueeze(2).detach()
    assert isinstance(model, ObjectCentric)
    return model.slots(rollout).detach()


def _frames(episodes: Episodes, first: int, last: int, model: WorldModel) -> Tensor:
    return torch.stack([to_float(episodes[i].frames, model.device) for i in range(first, last)])


def _check(model: WorldModel, episodes: Episodes, read: Read) -> None:
    wanted, found = model.spec, episodes.spec
    if wanted.frame_shape != found.frame_shape or wanted.action_space != found.action_space:
        raise InputError(
            f"the model is for frames {wanted.frame_shape} and actions {wanted.action_space}, {episodes.folder} has "
            f"{found.frame_shape} and {found.action_space}; train a model on the data, or write data for the model."
        )
    if model.codec.dim:
        raise InputError(f"{type(model).__name__} is for a world with actions; the snitch is told from videos alone.")
    if read == "slots" and not isinstance(model, ObjectCentric):
        raise InputError(f"{type(model).__name__} has no slots; give read=features.")


def _key(model: WorldModel, episodes: Episodes, slots: bool) -> str:
    """A name for weights, settings, videos and what is read of them."""
    digest = hashlib.sha256()
    facts: list[Any] = [name_of(model), asdict(model.config), "slots" if slots else "features"]
    digest.update(json.dumps(facts, default=str).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    digest.update(episodes_digest(episodes).encode())
    return digest.hexdigest()[:16]
