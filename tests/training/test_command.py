import subprocess
import sys

import pytest

from worldmodels import checkpoints
from worldmodels.composition import choices
from worldmodels.errors import DataError, InputError, UnknownNameError
from worldmodels.training.command import main, read, run
from worldmodels.training.settings import compose

QUICK = ["model=toy", "trainer=cpu", "steps=3", "batch_size=2", "length=3", "held_out=0", "model.config.hidden=8"]


def test_trains_as_overrides_say_and_records_the_command(store, tmp_path, capsys):
    words = [*QUICK, f"data={store.folder}", f"out={tmp_path}", "heads.distance.target=distance", "optimizer.lr=0.5"]
    assert run(words) == 0
    folder = tmp_path / "checkpoints" / "step-00000003"
    assert capsys.readouterr().out.splitlines()[-1] == str(folder)
    saved = checkpoints.read_config(folder)
    assert saved["config"]["hidden"] == 8 and list(saved["heads"]) == ["distance"]
    assert saved["provenance"]["command"].startswith("worldmodels train model=toy trainer=cpu")
    assert saved["provenance"]["training"]["optimizer"]["lr"] == 0.5


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["model=tyo"], UnknownNameError, "choice of model 'tyo'. Did you mean 'toy'"),
        (["optimizer=adma"], UnknownNameError, "Did you mean 'adam'"),
        (["stepz=3"], UnknownNameError, "'stepz'. Did you mean 'steps'"),
        (["optimizer.lrr=3"], UnknownNameError, "'lrr'. Did you mean 'lr'"),
        (["heads.x.tarket=reward"], UnknownNameError, "'tarket'. Did you mean 'target'"),
        (["steps=soon"], InputError, "steps = 'soon' is not int"),
        (["steps=0"], InputError, "steps = 0 is not int, at least 1"),
        (["steps"], InputError, "'steps' is not setting=value"),
        (["steps=[1"], InputError, "cannot be composed"),
        (["data=nowhere"], UnknownNameError, "choice of data 'nowhere'"),
        (["data.path=nowhere"], DataError, "no data set at 'nowhere'"),
        (["data=random_walk"], DataError, "worldmodels/RandomWalk-v0"),
        (["model.config.hiden=3"], UnknownNameError, "'hiden'. Did you mean 'hidden'"),
    ],
)
def test_bad_words_are_one_clear_line(store, tmp_path, monkeypatch, words, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message.replace("[", r"\[").replace("?", r"\?")) as caught:
        main([*QUICK, f"data={store.folder}", *words])
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("checkpoints"))


@pytest.mark.parametrize(("given", "missing"), [("data.path=d", "model"), ("model=toy", "data")])
def test_model_and_data_are_needed(given, missing):
    with pytest.raises(InputError, match=f"needs {missing}="):
        main([given])


@pytest.mark.parametrize("trainer", choices("trainer"))
@pytest.mark.parametrize("optimizer", choices("optimizer"))
def test_every_choice_fits_the_settings(trainer, optimizer):
    settings = read(compose(["model=toy", "data.path=d", f"trainer={trainer}", f"optimizer={optimizer}"]))
    assert settings.training.optimizer.lr > 0 and settings.paths == ("d",)


def test_any_folder_can_hold_the_data(make_store, tmp_path):
    folder = tmp_path / "it's a (new) one, [2]"
    make_store(folder, episodes=1)
    assert read(compose(["model=toy", f"data={folder}"])).paths == (str(folder),)


@pytest.mark.parametrize("experiment", choices("experiment"))
def test_every_experiment_fits_the_settings_and_words_win(experiment):
    words = [f"experiment={experiment}", "steps=7"]
    if not (compose(words).get("data") or {}).get("path"):  # for any recorded world
        words.append("data.path=d")
    settings = read(compose(words))
    assert settings.steps == 7 and settings.model.name and settings.paths


def test_plugins_bring_configs_without_being_imported(site, monkeypatch):
    package = site / "worldmodels_extra"
    (package / "configs" / "model").mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (package / "configs" / "model" / "extra_small.yaml").write_text("name: toy\nconfig: {hidden: 4}\n")
    monkeypatch.setattr("worldmodels.composition._plugin_packages", lambda: ["worldmodels_extra"])
    assert "extra_small" in choices("model")
    assert read(compose(["model=extra_small", "data.path=d"])).model.config == {"hidden": 4}


def test_help_lists_settings_and_choices(capsys):
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "batch_size" in shown and "Clips of a step" in shown and "adam | adamw" in shown and "toy" in shown


def test_lightning_is_imported_only_to_train():
    code = "import sys, worldmodels.training.command as c; c.run(['--help']); assert 'lightning' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    code = "import sys, worldmodels; assert not {'lightning', 'torch', 'hydra'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
