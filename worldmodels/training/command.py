"""`worldmodels train`: composes hydra configs, checks them against dataclasses, trains."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from worldmodels.config import Settings, build_config
from worldmodels.errors import DataError, InputError, UnknownNameError
from worldmodels.heads import HeadConfig
from worldmodels.training.config import TrainConfig


@dataclass(frozen=True)
class ModelChoice(Settings):
    """Which model.

    Attributes:
        name: A plugin's name.
        preset: One of its named configurations.
        config: Its settings, over the preset's.
    """

    name: str
    preset: str | None = None
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DataChoice(Settings):
    """Which recorded episodes.

    Attributes:
        path: An episode store, or several.
        environment: What recorded it, for the message when it is missing.
    """

    path: str | tuple[str, ...]
    environment: str | None = None


@dataclass(frozen=True)
class TrainCommand(TrainConfig):
    """All settings of `worldmodels train`: those of a training, and these.

    Attributes:
        model: See `ModelChoice`.
        data: See `DataChoice`.
        heads: Heads by name.
        init: A checkpoint to begin from, or the name of one that a plugin brings, such as vim.
        parts: How the names of the parameters begin that are taken from it; none for all that it has.
        out: The run's folder; by default named for model and data.
        resume: Whether to go on from the newest checkpoint in `out`.
    """

    model: ModelChoice = field(default_factory=lambda: ModelChoice(""))
    data: DataChoice = field(default_factory=lambda: DataChoice(()))
    heads: dict[str, HeadConfig] = field(default_factory=dict)
    init: str | None = None
    parts: tuple[str, ...] = ()
    out: str | None = None
    resume: bool = True

    @property
    def paths(self) -> tuple[str, ...]:
        """The stores."""
        return (self.data.path,) if isinstance(self.data.path, str) else self.data.path

    @property
    def folder(self) -> Path:
        """Where the run goes."""
        return Path(self.out or f"runs/{self.model.name}-{Path(self.paths[0]).name}")

    @property
    def training(self) -> TrainConfig:
        """The settings of the training alone."""
        return TrainConfig(**{f.name: getattr(self, f.name) for f in fields(TrainConfig)})


def run(words: Sequence[str]) -> int:
    """The verb: train, and say where the checkpoint is."""
    from worldmodels.training.settings import usage

    if any(word in ("-h", "--help") for word in words):
        print(usage())
        return 0
    folder = main(words)
    if os.environ.get("LOCAL_RANK", "0") == "0":
        print(folder)
    return 0


def main(words: Sequence[str]) -> Path:
    """Train as hydra overrides say, such as `model=srvp data=random_walk trainer=cpu steps=2000 out=runs/x`.

    Returns:
        The last checkpoint's folder.

    Raises:
        UnknownNameError: for an unknown setting, or an unknown choice of a group.
        InputError: for a wrong value, or settings that do not fit one another.
        DataError: where the data set is missing.
    """
    from worldmodels.training.settings import compose

    return launch(read(compose(words)), command=shlex.join(["worldmodels", "train", *words]))


def read(values: dict[str, Any]) -> TrainCommand:
    """Settings from a composed mapping.

    Raises:
        UnknownNameError: for an unknown setting.
        InputError: for a missing or wrong one.
    """
    known = [f.name for f in fields(TrainCommand)]
    for name in values:
        if name not in known:
            raise UnknownNameError("setting of worldmodels train", name, known)
    for group, part in (("model", "name"), ("data", "path")):
        if not (values.get(group) or {}).get(part):
            raise InputError(f"worldmodels train needs {group}=...; worldmodels train --help lists the choices.")
    return build_config(TrainCommand, values)


def launch(settings: TrainCommand, command: str | None = None) -> Path:
    """Make the model for the data's world, and train it."""
    import torch

    from worldmodels.checkpoints.shipped import shipped
    from worldmodels.heads import attach_heads
    from worldmodels.plugins import create
    from worldmodels.training.run import train

    stores = [_open(path, settings.data.environment) for path in settings.paths]
    torch.manual_seed(settings.seed)
    model = create(settings.model.name, stores[0].spec, preset=settings.model.preset, config=settings.model.config)
    attach_heads(model, settings.heads)
    provenance = {"command": command} if command else {}
    return train(
        model,
        stores,
        settings.folder,
        settings.training,
        init=None if settings.init is None else shipped().get(settings.init, settings.init),
        parts=settings.parts,
        resume=settings.resume,
        provenance=provenance,
    )


def _open(path: str, environment: str | None) -> Any:
    from worldmodels.data import EpisodeStore

    if not Path(path).exists():
        what = f"env={environment}" if environment else "world=NAME"
        how = f"`worldmodels record {what} out={path}` makes one"
        raise DataError(f"there is no data set at {path!r}; {how}, or give another with data=FOLDER.")
    return EpisodeStore(path)
