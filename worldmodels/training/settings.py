"""Settings of the command line: hydra's groups and overrides, those of installed plugins included."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import worldmodels
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.registry import available

GROUPS = ("model", "data", "trainer", "optimizer", "experiment")
_FREE_FORM = {"model": "name", "data": "path"}


def compose(words: Sequence[str]) -> dict[str, Any]:
    """The mapping that `configs/train.yaml`, the chosen groups and the overrides make together.

    A model without a config file of its own is chosen by its plugin's name, data also by a folder.

    Raises:
        UnknownNameError: for an unknown choice of a group.
        InputError: for what hydra cannot read.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    first, *others = folders()
    search = f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in others)}]"
    overrides = [_override(word) for word in _last_choices(words)]
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(first), version_base="1.3"):
            composed = hydra_compose("train", [*([search] if others else []), *overrides])
        values = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(f"these settings cannot be composed: {' '.join(str(error).split())}") from error
    assert isinstance(values, dict)
    return {str(name): value for name, value in values.items() if name not in GROUPS or value is not None}


def folders() -> list[Path]:
    """Where configs are: ours, packaged or in the repository, then those of installed plugins; nothing is imported."""
    package = Path(worldmodels.__file__).parent
    ours = [folder for folder in (package / "configs", package.parent / "configs") if folder.is_dir()]
    if not ours:
        raise InputError(f"the configs of worldmodels-core are missing beside {package}; install it again.")
    return [ours[0], *(folder for folder in map(_plugin_folder, _plugin_packages()) if folder is not None)]


def choices(group: str) -> list[str]:
    """The names that a group knows: files, and for models the installed plugins."""
    found = {path.stem for folder in folders() for path in (folder / group).glob("*.yaml")}
    return sorted(found | (set(available()) if group == "model" else set()))


def usage() -> str:
    """The help of `worldmodels train`."""
    from worldmodels.cli.options import usage as describe
    from worldmodels.training.command import TrainCommand

    groups = [f"  {group:<14} {' | '.join(choices(group)) or 'none'}" for group in GROUPS]
    about = describe(TrainCommand, "train")
    return "\n".join([about, "", "groups (group=choice, then group.setting=value):", *groups])


def _plugin_packages() -> list[str]:
    targets = [plugin.target for plugin in available().values()]
    targets += [point.value for point in importlib.metadata.entry_points(group="worldmodels.evaluations")]
    packages = {target.partition(":")[0].partition(".")[0] for target in targets}
    return sorted(packages - {"worldmodels"})


def _plugin_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    roots = (spec.submodule_search_locations or []) if spec else []
    return next((Path(root) / "configs" for root in roots if (Path(root) / "configs").is_dir()), None)


def _last_choices(words: Sequence[str]) -> list[str]:
    """The words without choices of a group that a later one replaces."""
    last = {word.partition("=")[0]: position for position, word in enumerate(words)}
    return [w for i, w in enumerate(words) if w.partition("=")[0] not in GROUPS or last[w.partition("=")[0]] == i]


def _override(word: str) -> str:
    """A word as hydra takes it; settings are added freely, since dataclasses check them with better messages."""
    name, sign, value = word.lstrip("+").partition("=")
    if not sign or not name:
        raise InputError(f"{word!r} is not setting=value; worldmodels train --help lists the settings.")
    if name not in GROUPS or value.startswith("{"):
        return f"++{name}={value}"
    files = {path.stem for folder in folders() for path in (folder / name).glob("*.yaml")}
    if value in files | {"null"}:
        return f"{name}={value}"
    if (name == "model" and value in available()) or (name == "data" and Path(value).is_dir()):
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"++{name}.{_FREE_FORM[name]}='{quoted}'"
    hint = {"model": "Install a model as a plugin package.", "data": "A folder of recorded episodes does too."}
    raise UnknownNameError(f"choice of {name}", value, choices(name), hint.get(name, ""))
