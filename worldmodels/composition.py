"""Hydra's groups of settings, in this package and in installed plugins, and what choices and overrides make of them."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import worldmodels
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.plain import check_files, check_nesting, read_file
from worldmodels.plugins import available
from worldmodels.plugins.points import EVALUATIONS, installed

_FREE_FORM = {"model": "name", "data": "path"}
_HINTS = {
    "model": "Install a model as a plugin package.",
    "data": "A folder of recorded episodes does too.",
    "world": "Any Gymnasium id does too: env=ID.",
}


def compose(words: Sequence[str], groups: Sequence[str], primary: str | None = None) -> dict[str, Any]:
    """The mapping that a primary config, the chosen files of groups and the overrides make together.

    A model without a config file of its own is chosen by its plugin's name, data also by a folder.

    Args:
        words: `group=choice`, `group.setting=value` and `setting=value`, as hydra takes them.
        groups: The groups that words may choose from.
        primary: The file of `configs/` to begin with, such as "train"; `None` begins with nothing.

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

    for word in words:
        check_nesting(word)
    first, *others = folders()
    check_files(first)
    others = [folder for folder in others if _is_sound(folder)]
    search = [f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in others)}]"] if others else []
    chosen = [_override(word, groups, new=primary is None) for word in _last_choices(words, groups)]
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(first), version_base="1.3"):
            composed = hydra_compose(primary, [*search, *chosen])
        values = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise InputError(f"these settings cannot be composed: {' '.join(str(error).split())}") from error
    assert isinstance(values, dict)
    return {str(name): value for name, value in values.items() if name not in groups or value is not None}


def folders() -> list[Path]:
    """Where configs are: ours, packaged or in the repository, then those of installed plugins; nothing is imported."""
    package = Path(worldmodels.__file__).parent
    ours = [folder for folder in (package / "configs", package.parent / "configs") if folder.is_dir()]
    if not ours:
        raise InputError(f"the configs of worldmodels-core are missing beside {package}; install it again.")
    return [ours[0], *(folder for folder in map(_plugin_folder, _plugin_packages()) if folder is not None)]


@functools.cache
def _is_sound(folder: Path) -> bool:
    """Whether all configs of a plugin can be used; if not, the others do without them."""
    try:
        check_files(folder)
    except InputError as error:
        print(f"worldmodels: the configs in {folder} are left out: {error}", file=sys.stderr)
        return False
    return True


def choices(group: str) -> list[str]:
    """The names that a group knows: files, and for models the installed plugins."""
    return sorted(set(_files(group)) | (set(available()) if group == "model" else set()))


def recipes(group: str) -> dict[str, Mapping[str, Any]]:
    """What the files of a group say, as they are: without what they take from other files."""
    read = {name: read_file(path) for name, path in _files(group, sound=True).items()}
    return {name: values for name, values in read.items() if isinstance(values, Mapping)}


def _files(group: str, sound: bool = False) -> dict[str, Path]:
    first, *others = folders()
    used = [first, *(folder for folder in others if not sound or _is_sound(folder))]
    found = [path for folder in used for path in sorted((folder / group).glob("*.yaml"))]
    return {path.stem: path for path in reversed(found)}  # an earlier folder's goes before a later one's


def _plugin_packages() -> list[str]:
    """The top-level packages of installed models and evaluations."""
    targets = [plugin.target for plugin in available().values()]
    targets += [plugin.target for plugin in installed(EVALUATIONS).values()]
    packages = {target.partition(":")[0].partition(".")[0] for target in targets}
    return sorted(packages - {"worldmodels"})


def _plugin_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    roots = (spec.submodule_search_locations or []) if spec else []
    return next((Path(root) / "configs" for root in roots if (Path(root) / "configs").is_dir()), None)


def _last_choices(words: Sequence[str], groups: Sequence[str]) -> list[str]:
    """The words without choices of a group that a later one replaces."""
    last = {word.partition("=")[0]: position for position, word in enumerate(words)}
    return [w for i, w in enumerate(words) if w.partition("=")[0] not in groups or last[w.partition("=")[0]] == i]


def _override(word: str, groups: Sequence[str], new: bool) -> str:
    """A word as hydra takes it; settings are added freely, since dataclasses check them with better messages.

    Args:
        word: As it was typed.
        groups: The groups that it may choose from.
        new: Whether no primary config has these groups in its list of defaults.
    """
    name, sign, value = word.lstrip("+").partition("=")
    if not sign or not name:
        raise InputError(f"{word!r} is not setting=value; --help lists the settings.")
    if name not in groups or value.startswith("{") or (new and value == "null"):
        return f"++{name}={value}"
    if value in _files(name) or value == "null":
        return f"{'+' if new else ''}{name}={value}"
    if (name == "model" and value in available()) or (name == "data" and Path(value).is_dir()):
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"++{name}.{_FREE_FORM[name]}='{quoted}'"
    raise UnknownNameError(f"choice of {name}", value, choices(name), _HINTS.get(name, ""))
