import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from gymnasium import spaces
from safetensors.torch import load_file, save_file

from worldmodels import WorldSpec, create, load, save
from worldmodels.checkpoints import CONFIG, TRAINING, WEIGHTS, find, read_config, read_training
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.testing.toy import Toy

SPEC = WorldSpec((3, 8, 8), spaces.Discrete(3))


class Bomb:
    """Runs code when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


@pytest.fixture
def model(toy):
    model = create(toy, SPEC, state=4, hidden=8)
    attach_heads(model, {"reward": HeadConfig("reward", hidden=5, pair=True)})
    return model


@pytest.fixture
def folder(model, tmp_path):
    return save(model, tmp_path / "checkpoint", provenance={"seed": 3}, training={"step": 7, "moments": torch.ones(2)})


def edit(folder, **changes):
    path = folder / CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_model_comes_back_with_heads(model, folder):
    loaded = load(folder)
    assert not loaded.training
    assert (loaded.spec, loaded.config) == (SPEC, model.config)
    assert loaded.heads.named("reward").config == HeadConfig("reward", hidden=5, pair=True)
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)
    frames = torch.rand(2, 1, 3, 8, 8)
    assert torch.equal(loaded.features(loaded.observe(frames)), model.eval().features(model.observe(frames)))


def test_what_lies_in_the_folder(folder):
    assert {path.name for path in folder.iterdir()} == {CONFIG, WEIGHTS, TRAINING}
    description = read_config(folder)
    assert (description["plugin"], description["distribution"]) == ("toy", "worldmodels-toy")
    assert description["provenance"] == {"seed": 3}
    assert read_training(folder)["step"] == 7
    assert list(folder.parent.glob(".*")) == []


def test_the_newest_checkpoint_of_a_run_is_taken(model, tmp_path):
    for step in ("00000010", "00000200"):
        save(model, tmp_path / "run" / "checkpoints" / step)
    assert find(tmp_path / "run").name == "00000200"


def test_a_model_of_no_plugin_cannot_be_saved(tmp_path):
    with pytest.raises(CheckpointError, match="no installed plugin"):
        save(type("Own", (Toy,), {})(SPEC), tmp_path / "x")


def test_provenance_must_be_json(model, tmp_path):
    with pytest.raises(InputError, match="JSON"):
        save(model, tmp_path / "x", provenance={"data": object()})
    assert not list(tmp_path.glob("*x*"))


def test_an_unknown_plugin_is_named(folder):
    edit(folder, plugin="tyo")
    with pytest.raises(UnknownNameError, match=r"'tyo'.*'toy'"):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 3}, "format 3; this version of worldmodels-core reads 1 and 2"),
        ({"format": None}, "format None"),
        ({"plugin": None}, "names no 'plugin'"),
        ({"plugin": ["toy"]}, "names no 'plugin'"),
        ({"spec": None}, "not a world spec"),
        ({"spec": {"frame_shape": [3, 10**9, 10**9]}}, "frame_shape"),
        ({"spec": {"frame_shape": [3, 16, 16]}}, "do not fit its config"),
        ({"config": {"hiden": 8}}, "'hidden'"),
        ({"config": {"state": "x"}}, "not int"),
        ({"config": {"state": -1}}, "does not fit plugin 'toy'"),
        ({"config": {"state": 10**15}}, "does not fit plugin 'toy'"),
        ({"config": []}, "'config' is no mapping"),
        ({"config": {"state": 5, "hidden": 8}}, "encoder.weight is .*4, 192.*, not .*5, 192"),
        ({"heads": {}}, "heads.reward.network.0.weight is unknown"),
        ({"heads": {"a": {"target": "reward", "hidden": 5}}}, "is missing"),
        ({"heads": {"a": {"target": "reward", "hidden": 500}}}, "do not fit its config: it describes a model of over"),
        ({"heads": {"a.b": {"target": "reward"}}}, "does not fit"),
        ({"heads": {"a": {}}}, "target"),
        ({"heads": {"a": {"target": "reward", "hidden": 10**12}}}, "at most 16384"),
        ({"heads": {"a": 3}}, "does not fit"),
        ({"heads": 3}, "'heads' is no mapping"),
    ],
)
def test_a_config_that_does_not_fit(folder, changes, words):
    edit(folder, **changes)
    with pytest.raises(CheckpointError, match=words) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


NESTED_SPACE = '{"type": "Tuple", "spaces": [' * 300 + '{"type": "Discrete", "n": 2, "start": 0}' + "]}" * 300


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"\xff\xfe",
        b'{"plugin": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"plugin": "toy", "format": 1' + b"0" * 5000 + b"}",
        b'{"plugin": "toy", "format": 1, "spec": {"frame_shape": [3, 8, 8], "action_space": %s}}'
        % NESTED_SPACE.encode(),
    ],
    ids=["empty", "torn", "list", "number", "not utf-8", "deep", "long number", "deep space"],
)
def test_foreign_json_is_one_clear_error(folder, text):
    (folder / CONFIG).write_bytes(text)
    with pytest.raises(CheckpointError) as caught:
        load(folder)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_weights_that_are_a_pickle_run_no_code(folder, tmp_path):
    (folder / WEIGHTS).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    with pytest.raises(CheckpointError, match="damaged or no safetensors"):
        load(folder)
    torch.save({"weight": Bomb(tmp_path / "exploded")}, folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="damaged or no safetensors"):
        load(folder)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("write", [lambda value, path: path.write_bytes(pickle.dumps(value)), torch.save])
def test_training_states_run_no_code(folder, tmp_path, write):
    write({"step": Bomb(tmp_path / "exploded")}, folder / TRAINING)
    with pytest.raises(CheckpointError, match="cannot be resumed from"):
        read_training(folder)
    assert not (tmp_path / "exploded").exists()
    load(folder)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x04."])
def test_damaged_training_states(folder, content):
    (folder / TRAINING).write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be resumed from"):
        read_training(folder)


def test_a_training_state_that_is_no_mapping(folder):
    torch.save([1], folder / TRAINING)
    with pytest.raises(CheckpointError, match="no mapping"):
        read_training(folder)


@pytest.mark.parametrize("file", [CONFIG, WEIGHTS, TRAINING])
def test_a_truncated_file_is_never_taken_for_a_whole_one(folder, file):
    whole = (folder / file).read_bytes()
    read = read_training if file == TRAINING else load
    if file == CONFIG:
        whole = whole.rstrip()
    for length in sorted({*range(0, len(whole), max(len(whole) // 60, 1)), len(whole) - 1, 7, 8, 9}):
        (folder / file).write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            read(folder)
    (folder / file).write_bytes(whole)
    read(folder)


def test_weights_of_another_kind_do_not_fit(folder):
    weights = load_file(folder / WEIGHTS)
    weights["encoder.bias"] = weights["encoder.bias"].to(torch.complex64)
    save_file(weights, folder / WEIGHTS)
    with pytest.raises(CheckpointError, match=r"encoder.bias is torch.complex64, not torch.float32"):
        load(folder)


def test_missing_and_misplaced_files(folder, tmp_path):
    (folder / WEIGHTS).unlink()
    with pytest.raises(CheckpointError, match="is missing"):
        load(folder)
    (folder / WEIGHTS).mkdir()
    with pytest.raises(CheckpointError, match="is a folder"):
        load(folder)
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        load(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        load("../../etc/passwd")


@pytest.mark.parametrize("plugin", ["../toy", "os:system", "worldmodels.testing.toy:Toy", "toy\n", ""])
def test_a_config_names_a_plugin_and_never_a_class(folder, plugin):
    edit(folder, plugin=plugin)
    with pytest.raises(UnknownNameError):
        load(folder)


def test_saving_replaces_a_checkpoint(model, folder):
    with torch.no_grad():
        model.encoder.bias.fill_(5.0)
    save(model, folder)
    assert load(folder).encoder.bias[0] == 5
    assert not (folder / TRAINING).exists()
    assert list(folder.parent.glob(".*")) == []


def test_saving_never_erases_anything_else(model, folder, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("words")
    (tmp_path / "note").write_text("words")
    (folder / "mine.txt").write_text("words")
    for place in (tmp_path / "thesis", tmp_path / "note", folder, tmp_path):
        with pytest.raises(CheckpointError, match="would erase"):
            save(model, place)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == (tmp_path / "note").read_text() == "words"
    (tmp_path / "empty").mkdir()
    assert load(save(model, tmp_path / "empty")).config == model.config


def test_a_kill_between_the_renames_loses_nothing(toy, tmp_path, monkeypatch):
    old = create(toy, SPEC, state=4, hidden=8)
    folder = save(old, tmp_path / "check[1]")
    rename = Path.rename

    def stop_before_the_second(path, target):
        if Path(target) == folder:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stop_before_the_second)
        with pytest.raises(KeyboardInterrupt):
            save(create(toy, SPEC, state=5, hidden=8), folder)
    assert not folder.exists()
    assert load(folder).config == old.config
    save(create(toy, SPEC, state=6, hidden=8), folder)
    assert load(folder).config.state == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check[1]", "site"]


def test_a_refused_rename_puts_the_old_one_back(toy, tmp_path, monkeypatch):
    folder = save(create(toy, SPEC, state=4, hidden=8), tmp_path / "checkpoint")
    rename = Path.rename

    def refuse_drafts(path, target):
        if Path(target) == folder and not path.name.endswith(".old"):
            raise PermissionError("not today")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse_drafts)
        with pytest.raises(CheckpointError, match="not today"):
            save(create(toy, SPEC, state=5, hidden=8), folder)
    assert (folder / CONFIG).is_file()
    assert load(folder).config.state == 4


SMALL_DISK = """
import resource, signal, sys, torch
from worldmodels import WorldModelsError, WorldSpec, create, save
model = create("toy", WorldSpec((3, 8, 8)), state=4, hidden=8)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for room in map(int, sys.argv[2:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        save(model, sys.argv[1], training={"moments": torch.zeros(100_000)})
    except WorldModelsError as error:
        print(error)
"""


def test_a_full_disk_leaves_the_old_checkpoint(toy, tmp_path):
    """Saves in a process whose files cannot grow beyond the config, the weights or the training state."""
    folder = save(create(toy, SPEC, state=4, hidden=8), tmp_path / "checkpoint")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), *sys.path])}
    command = [sys.executable, "-c", SMALL_DISK, str(folder), "100", "2000", "50000"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert [line.count("cannot be written: the disk is full.") for line in result.stdout.splitlines()] == [1, 1, 1]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(tmp_path.glob(".check*")) == []
