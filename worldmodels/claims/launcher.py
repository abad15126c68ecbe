"""Rows and seeds one after the other in this process, or in parallel by one of hydra's launchers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from worldmodels.claims.catalogue import read
from worldmodels.claims.run import Job, Run
from worldmodels.errors import InputError, UnknownNameError, WorldModelsError

CONFIG = "worldmodels_claim"


def do(claim: str, size: str, root: str, job: Job) -> None:
    """Train and measure one row at one seed.

    Args:
        claim: The claim's file.
        size: Its size.
        root: Folder of all claims' runs and data.
        job: Row and seed.
    """
    run = Run(read(Path(claim), size), Path(root))
    run.train(job)
    run.measure(job)


def launch(launcher: str, claim: Path, size: str, root: Path, jobs: Sequence[Job], settings: Mapping[str, Any]) -> None:
    """Do jobs in parallel.

    Args:
        launcher: One of hydra's launchers that is installed: joblib, ray, submitit_local, submitit_slurm.
        claim: The claim's file.
        size: Its size.
        root: Folder of all claims' runs and data; other machines must see it under the same path.
        jobs: Rows and seeds.
        settings: The launcher's own, such as n_jobs.

    Raises:
        UnknownNameError: for a launcher that is not installed.
        InputError: naming the jobs that failed, and why.
    """
    from hydra import compose, initialize
    from hydra._internal.callbacks import Callbacks  # a launcher's context has no public maker
    from hydra.core.config_store import ConfigStore
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.plugins import Plugins
    from hydra.errors import HydraException
    from hydra.types import HydraContext

    values = {"claim": str(claim.resolve()), "size": size, "root": str(root), "row": "", "seed": 0}
    values["folder"] = os.getcwd()
    ConfigStore.instance().store(CONFIG, values)
    GlobalHydra.instance().clear()
    # Jobs write their own files; hydra's would only be in the way.
    quiet = ["hydra.output_subdir=null", "hydra/job_logging=disabled", "hydra/hydra_logging=disabled"]
    words = [f"hydra/launcher={launcher}", *quiet, f"hydra.sweep.dir={root.resolve() / 'launches'}"]
    words += [f"++hydra.launcher.{name}={value}" for name, value in settings.items()]
    with initialize(None, version_base="1.3"):
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        known = hydra.config_loader.get_group_options("hydra/launcher")
        if launcher not in known:
            hint = "pip install worldmodels-core[launchers] brings joblib, Ray and submitit."
            raise UnknownNameError("launcher", launcher, known, hint)
        try:
            config = compose(CONFIG, words, return_hydra_config=True)
            context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks())
            chosen = Plugins.instance().instantiate_launcher(hydra_context=context, task_function=_task, config=config)
            returns = chosen.launch([[f"row={job.row}", f"seed={job.seed}"] for job in jobs], initial_job_idx=0)
        except HydraException as error:
            raise InputError(f"launcher={launcher} cannot start: {' '.join(str(error).split())}") from error
    faults = {f"{job.row}-{job.seed}": done.return_value for job, done in zip(jobs, returns, strict=True)}
    failed = [f"{name}: {fault}" for name, fault in faults.items() if fault]
    if failed:
        raise InputError(f"{len(failed)} of {len(jobs)} jobs failed; the others are kept. {' '.join(failed)}")


def _task(config: Any) -> str | None:
    """A job where it runs; a message of ours returns as text, since not every error can be sent back."""
    os.chdir(config.folder)
    try:
        do(config.claim, config.size, config.root, Job(config.row, int(config.seed)))
    except WorldModelsError as error:
        return str(error)
    return None
