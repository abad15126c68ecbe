"""`train`: a model, data and settings in, a folder with checkpoints and logs out."""

from __future__ import annotations

import json
import logging
import platform
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import Timeout

from worldmodels import checkpoints
from worldmodels.data import EpisodeStore
from worldmodels.data.store import Episodes
from worldmodels.errors import CheckpointError, InputError
from worldmodels.locks import lock_folder
from worldmodels.model import WorldModel
from worldmodels.plugins import name_of
from worldmodels.stages import StagePlan
from worldmodels.training.config import TrainConfig

if TYPE_CHECKING:
    import lightning.pytorch as pl

    from worldmodels.training.module import WorldModelModule

# What a resumed training may change without becoming another one.
FREE = {"steps", "trainer", "validate_every", "validation_batches", "log_every", "save_every", "keep", "workers"}


def train(
    model: WorldModel,
    data: str | Path | Episodes | Sequence[str | Path | Episodes],
    out: str | Path,
    config: TrainConfig | None = None,
    *,
    init: str | Path | None = None,
    parts: Sequence[str] = (),
    prepare: bool = True,
    resume: bool = True,
    provenance: Mapping[str, Any] | None = None,
    progress: bool = True,
) -> Path:
    """Train a model, or go on with its training.

    Steps are exactly those of an unbroken run, bit for bit on a CPU with the same number of threads, however often
    the training was killed: each depends on weights, moments, the seed and its own number only.

    Args:
        model: A model of an installed plugin, with its heads (`worldmodels.heads.attach_heads`); it is trained
            in place, and left in evaluation mode.
        data: One or more episode stores of the world that the model is for.
        out: The run's folder: `checkpoints/step-*` and `logs` (TensorBoard's, unless `trainer.logger` says otherwise).
        config: Settings.
        init: A checkpoint to begin from, where this training begins; for warm starts and cascades.
        parts: How the names of the parameters begin that are taken from it; none for all that it has.
        prepare: Whether the model looks at data before the first step, which would undo what it has learned from them
            before, as where the same model goes on with more data.
        resume: Whether to go on from the newest checkpoint in `out`, if there is one.
        provenance: What checkpoints should say of where they come from besides, in JSON types.
        progress: Whether to show a bar with the time left.

    Returns:
        The last checkpoint's folder.

    Raises:
        InputError: where model, data and settings do not fit one another, `out` holds another training, or another
            process trains there.
        DataError: where the data cannot be read.
        DivergedError: where a loss is not finite.
        TrainingInterrupted: after SIGINT or SIGTERM; the state is saved.
        CheckpointError: where a checkpoint cannot be written or read.
    """
    config = config or TrainConfig()
    stores = _open(data)
    _check(model, stores)
    facts = _facts(model, stores, config, provenance)
    if init is not None:
        facts |= {"init": str(checkpoints.find(init).resolve()), "parts": list(parts)}
    with _alone(Path(out)):
        newest = _newest(Path(out), model, facts, resume)
        if newest is not None and _steps_done(newest) >= config.steps:
            model.eval().load_state_dict(checkpoints.load(newest).state_dict())
            return newest
        if newest is None and init is not None:
            checkpoints.load_parts(model, init, parts)
        _fit(model, stores, Path(out), config, facts, newest, prepare, progress)
        return checkpoints.find(out)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Two trainings in one folder would write over each other; the processes of one have the first one's lock."""
    from lightning.pytorch.utilities import rank_zero_only

    if getattr(rank_zero_only, "rank", 0):
        yield
        return
    try:
        lock = lock_folder(out)
    except Timeout as error:
        raise InputError(f"another process is training in {out}; wait for it, or choose another folder.") from error
    except OSError as error:
        raise CheckpointError(f"{out} cannot be a run's folder ({error.strerror}); choose another.") from error
    try:
        yield
    finally:
        lock.release()


def _fit(
    model: WorldModel,
    stores: Sequence[Episodes],
    out: Path,
    config: TrainConfig,
    facts: Mapping[str, Any],
    newest: Path | None,
    prepare: bool,
    progress: bool,
) -> None:
    from worldmodels.training.data import ClipData
    from worldmodels.training.module import WorldModelModule

    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    plan = _plan(model, config, newest)
    data = ClipData(stores, model, config, plan)
    data.check()
    model.train()
    module = WorldModelModule(model, config, plan, facts, prepare)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        with quiet():
            trainer = make_trainer(module, out, progress)
            trainer.fit(module, datamodule=data, ckpt_path=newest)
    finally:
        for parameter in learning:  # what rested in the last turn
            parameter.requires_grad_(True)
        model.eval()


def _plan(model: WorldModel, config: TrainConfig, newest: Path | None) -> StagePlan:
    """When each stage begins, as it was laid down when the training began."""
    if newest is None:
        return StagePlan.lay(model.stages, config.steps)
    kept = checkpoints.read_config(newest).get("provenance", {}).get("plan")
    if kept is None:
        raise InputError(
            f"{newest} is of the first contract, whose trainings cannot go on; begin another folder with init={newest}."
        )
    return StagePlan.from_json(kept, model.stages)


def make_trainer(module: WorldModelModule, out: Path, progress: bool = True) -> pl.Trainer:
    """Lightning's trainer with this library's checkpoints, logs and progress bar."""
    import lightning.pytorch as pl
    from lightning.fabric.utilities.exceptions import MisconfigurationException
    from lightning.pytorch.callbacks import Callback, EMAWeightAveraging

    from worldmodels.training.checkpoints import FolderIO, SaveSteps
    from worldmodels.training.loggers import make_logger
    from worldmodels.training.precision import DoubleBatches
    from worldmodels.training.progress import StepBar

    config = module.config
    double = config.trainer.precision == "64-true"
    callbacks: list[Callback] = [SaveSteps(out, config.save_every, config.keep)]
    if module.model.average is not None:
        # Before saving, so that a checkpoint has the average of its own step; running statistics are the weights' own.
        callbacks.insert(0, EMAWeightAveraging(decay=module.model.average, use_buffers=False))
    settings: dict[str, Any] = dict(
        accelerator=config.trainer.accelerator,
        devices=config.trainer.devices,
        num_nodes=config.trainer.nodes,
        strategy=_strategy(module),
        precision=None if double else config.trainer.precision,
        max_steps=config.steps,
        val_check_interval=config.validate_every,
        check_val_every_n_epoch=None,
        limit_val_batches=config.validation_batches if config.held_out else 0,
        log_every_n_steps=min(config.log_every, config.steps),
        logger=make_logger(config.trainer.logger, out, module.facts),
        callbacks=[*callbacks, StepBar()] if progress else callbacks,
        plugins=[FolderIO(module), DoubleBatches()] if double else [FolderIO(module)],
        enable_checkpointing=False,
        enable_progress_bar=progress,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        inference_mode=False,
    )
    try:
        return pl.Trainer(**settings)
    except (MisconfigurationException, ValueError) as error:
        asked = f"accelerator={config.trainer.accelerator}, devices={config.trainer.devices}"
        raise InputError(f"this machine has not what is asked for ({asked}): {str(error).splitlines()[0]}") from error


def _strategy(module: WorldModelModule) -> str:
    """Stages and turns leave parameters unused, which DDP has to be told."""
    name = module.config.trainer.strategy
    return f"{name}_find_unused_parameters_true" if name != "auto" and module.model.stages else name


def _open(data: str | Path | Episodes | Sequence[str | Path | Episodes]) -> list[Episodes]:
    several = [data] if isinstance(data, str | Path | Episodes) else list(data)
    if not several:
        raise InputError("there is no data to train on; give one or more episode stores.")
    return [store if isinstance(store, Episodes) else EpisodeStore(store) for store in several]


def _check(model: WorldModel, stores: Sequence[Episodes]) -> None:
    if name_of(model) is None:
        raise CheckpointError(
            f"{type(model).__qualname__} is no installed plugin, so its checkpoints could not be read."
        )
    for store in stores:
        for name in ("frame_shape", "action_space"):
            wanted, found = getattr(model.spec, name), getattr(store.spec, name)
            if wanted != found:
                raise InputError(
                    f"{store.folder} has {name} {found}, the model is for {wanted}; make the model for the "
                    "data's spec, or record other data."
                )


def _facts(
    model: WorldModel, stores: Sequence[Episodes], config: TrainConfig, given: Mapping[str, Any] | None
) -> dict[str, Any]:
    packages = ("worldmodels-core", "torch", "lightning", "numpy")
    return {
        **(given or {}),
        "data": [str(store.folder.resolve()) for store in stores],
        "digests": [store.digest for store in stores],
        "environment": stores[0].schema.provenance.get("environment"),
        "world": next((store.schema.world.to_json() for store in stores if store.schema.world is not None), None),
        "episodes": [len(store) for store in stores],
        "seed": config.seed,
        "training": _plain(config),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in packages}},
    }


def _plain(config: TrainConfig) -> dict[str, Any]:
    """The settings in JSON types, without what a subclass adds."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return {field.name: values[field.name] for field in fields(TrainConfig)}


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _newest(out: Path, model: WorldModel, facts: Mapping[str, Any], resume: bool) -> Path | None:
    if not any(out.glob(f"checkpoints/step-*/{checkpoints.CONFIG}")):
        return None
    if not resume:
        raise InputError(f"{out} holds a training already; go on with resume=true, or choose another folder.")
    newest = checkpoints.find(out)
    _check_same(newest, model, facts)
    return newest


def _check_same(newest: Path, model: WorldModel, facts: Mapping[str, Any]) -> None:
    saved = checkpoints.read_config(newest)
    provenance = saved.get("provenance", {})
    # The same data may have moved, and other data may lie where it was: its content says which it is.
    before = {**provenance.get("training", {}), **{name: provenance.get(name) for name in ("init", "parts")}}
    now = {**facts["training"], **{name: facts.get(name) for name in ("init", "parts")}}
    before["data"], now["data"] = provenance.get("digests"), facts["digests"]
    before |= {"model": [saved["plugin"], saved.get("config")], "heads": saved.get("heads"), "spec": saved.get("spec")}
    mine = {
        "model": [name_of(model), asdict(model.config)],
        "heads": model.heads.to_json(),
        "spec": model.spec.to_json(),
    }
    now |= json.loads(json.dumps(mine))
    changed = sorted(name for name in now if name not in FREE and now[name] != before.get(name))
    if changed:
        raise InputError(
            f"{newest.parent.parent} holds a training with other {', '.join(changed)}; choose another folder, or give "
            "the same settings to go on."
        )


def _steps_done(folder: Path) -> int:
    return int(checkpoints.read_config(folder).get("provenance", {}).get("step", 0))


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's notes on hardware and tips; its warnings stay."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # Lightning 2.6 asks PyTorch 2.13 in an old way what a leaf is.
            warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
