"""Checkpoints of models of modules are loaded, and another model's is refused in one line."""

import pytest

from worldmodels.checkpoints import save
from worldmodels.errors import InputError
from worldmodels.plugins import available, build
from worldmodels.spec import WorldSpec
from worldmodels.testing.plugins import install
from worldmodels.testing.toy import Toy
from worldmodels_vim import SCOFF, VIM
from worldmodels_vim.checkpoints import load_vim

MODELS = {"vim": VIM, "scoff": SCOFF, "toy": Toy}


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    for name, kind in MODELS.items():
        if name not in available():
            target = f"{kind.__module__}:{kind.__name__}"
            monkeypatch.syspath_prepend(install(tmp_path / f"plugin_{name}", name, target))
    spec = WorldSpec((3, 32, 32))
    return {
        name: save(build(kind, spec, None if name == "toy" else "tiny"), tmp_path / name)
        for name, kind in MODELS.items()
    }


@pytest.mark.parametrize("name", ["vim", "scoff"])
def test_models_of_modules_are_loaded(checkpoints, name):
    assert type(load_vim(checkpoints[name])) is MODELS[name]


def test_other_models_are_refused(checkpoints):
    with pytest.raises(InputError, match="toy holds a Toy; a model of modules is needed"):
        load_vim(checkpoints["toy"])
