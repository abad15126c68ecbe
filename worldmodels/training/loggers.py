"""Where a training writes its losses and rates while it runs."""

from __future__ import annotations

import importlib.util
import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger
from lightning.pytorch.utilities import rank_zero_only

from worldmodels.errors import InputError
from worldmodels.whole import write_file

LOGS = "logs"
PROJECT = "worldmodels"
"""Of W&B and trackio, unless WANDB_PROJECT or TRACKIO_PROJECT says another."""
RUN_ID = "run-id"


def make_logger(name: str, out: Path, facts: Mapping[str, Any]) -> Logger:
    """The logger of a run; a training that goes on writes to the same run.

    Args:
        name: As `TrainerConfig.logger`.
        out: The run's folder; its logs are in `logs`.
        facts: Where model and data come from and what the settings are, for W&B and trackio.

    Raises:
        InputError: where its package is not installed.
    """
    match name:
        case "csv":
            return CSVLogger(out, name=LOGS)  # a file for each time that the training goes on, so that none is lost
        case "wandb":
            _needed("wandb")
            project = os.environ.get("WANDB_PROJECT", PROJECT)
            return WandbLogger(project=project, name=out.name, id=_run_id(out), save_dir=out / LOGS, config=dict(facts))
        case "trackio":
            _needed("trackio")
            project = os.environ.get("TRACKIO_PROJECT", PROJECT)
            return TrackioLogger(project, f"{out.name}-{_run_id(out)}", facts)
    return TensorBoardLogger(out, name=LOGS, version="")


class TrackioLogger(Logger):
    """A run of trackio, which keeps it on this machine (`trackio show`), or where TRACKIO_SPACE_ID says.

    Args:
        project: The project.
        run: The run's name; one of that name goes on.
        facts: Its configuration.
    """

    def __init__(self, project: str, run: str, facts: Mapping[str, Any]) -> None:
        super().__init__()
        self._project, self._name, self._facts = project, run, dict(facts)
        self._run: Any = None

    @property
    def name(self) -> str:
        """The project."""
        return self._project

    @property
    def version(self) -> str:
        """The run's name."""
        return self._name

    @property
    def experiment(self) -> Any:
        """Trackio's run, begun when something is logged first."""
        if self._run is None:
            trackio: Any = importlib.import_module("trackio")
            # It greets on standard output, where `worldmodels train` prints the checkpoint's folder alone.
            with redirect_stdout(sys.stderr):
                self._run = trackio.init(
                    self._project,
                    self._name,
                    config=self._facts,
                    resume="allow",
                    embed=False,
                    auto_log_cpu=False,
                    auto_log_gpu=False,
                )
        return self._run

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Write values of a step."""
        self.experiment.log(dict(metrics), step=step)

    @rank_zero_only
    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing: the settings are the run's configuration."""

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Wait until all is written."""
        if self._run is not None:
            with redirect_stdout(sys.stderr):
                self._run.finish()
            self._run = None


def _run_id(out: Path) -> str:
    """What a run is called by its service, drawn once and kept beside the logs; only the first process asks for it."""
    if getattr(rank_zero_only, "rank", 0):
        return ""
    kept = out / LOGS / RUN_ID
    if not kept.is_file():
        write_file(kept, secrets.token_hex(4).encode())
    return kept.read_text()


def _needed(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise InputError(f'trainer.logger={package} needs a package: pip install "worldmodels-core[{package}]".')
