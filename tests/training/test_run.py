import io
import os
import resource
import signal
import sys
from pathlib import Path

import pytest
import torch

from worldmodels import checkpoints
from worldmodels.errors import CheckpointError, InputError
from worldmodels.locks import LOCK, lock_folder
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy
from worldmodels.training import (
    DivergedError,
    OptimizerConfig,
    TrainConfig,
    TrainerConfig,
    TrainingInterrupted,
    train,
)
from worldmodels.training.module import WorldModelModule

SHORT = {
    "steps": 12,
    "batch_size": 4,
    "length": 4,
    "held_out": 0.25,
    "validate_every": 4,
    "validation_batches": 2,
    "log_every": 3,
    "save_every": 4,
    "keep": 2,
    "trainer": TrainerConfig(accelerator="cpu"),
}


def config(**settings) -> TrainConfig:
    return TrainConfig(**{**SHORT, **settings})


def weights(folder):
    return (folder / checkpoints.WEIGHTS).read_bytes()


@pytest.fixture
def logged(monkeypatch):
    entries = []
    monkeypatch.setattr(WorldModelModule, "_log", lambda self, values: entries.append((self.global_step, values)))
    return entries


@pytest.fixture
def act_at(monkeypatch):
    """Calls something after the loss of a step, counted from 1."""

    def arrange(step, act):
        original = WorldModelModule.training_step

        def training_step(self, batch, batch_idx):
            if self.global_step == step - 1:
                act(self)
            return original(self, batch, batch_idx)

        monkeypatch.setattr(WorldModelModule, "training_step", training_step)

    return arrange


def test_a_folder_in_which_another_process_trains_is_left_alone(make_model, store, tmp_path):
    lock = lock_folder(tmp_path / "run")
    with pytest.raises(InputError, match="another process is training in"):
        train(make_model(), store, tmp_path / "run", config(), progress=False)
    assert [path.name for path in (tmp_path / "run").iterdir()] == [LOCK]
    lock.release()
    train(make_model(), store, tmp_path / "run", config(), progress=False)


def test_a_file_is_no_folder_for_a_run(make_model, store, tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(CheckpointError, match="cannot be a run's folder"):
        train(make_model(), store, tmp_path / "run", config(), progress=False)


def test_leaves_the_last_checkpoints_and_says_where_they_come_from(make_model, store, tmp_path):
    model = make_model()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    folder = train(model, store, tmp_path, config(), provenance={"command": "none"}, progress=False)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["step-00000008", "step-00000012"]
    loaded = checkpoints.load(tmp_path)
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in loaded.state_dict().items())
    assert not any(torch.equal(tensor, before[name]) for name, tensor in loaded.named_parameters())
    provenance = checkpoints.read_config(folder)["provenance"]
    assert provenance["command"] == "none" and provenance["data"] == [str(store.folder)]
    assert provenance["step"] == 12 and provenance["losses"]["total"] > 0
    assert provenance["training"]["steps"] == 12 and provenance["versions"]["torch"] == torch.__version__
    assert list((tmp_path / "logs").glob("events.*"))


def test_logs_every_term_rates_and_validation(make_model, store, tmp_path, logged):
    optimizer = OptimizerConfig(lr=0.12, schedule=((0.0, 0.0), (1.0, 1.0)))
    train(make_model(), store, tmp_path, config(optimizer=optimizer), progress=False)
    training = {step: values for step, values in logged if "train/total" in values}
    assert {3, 6, 9, 12} <= set(training)
    terms = {"total", "prediction", "reconstruction", "head/distance", "open_loop/reward"}
    assert {f"train/{term}" for term in terms} <= set(training[3])
    assert training[12]["lr/rest"] == pytest.approx(0.11)
    validation = [step for step, values in logged if "validation/total" in values]
    assert validation == [4, 8, 12]


def test_validation_sees_the_same_clips_and_noise_each_time(make_model, store, tmp_path, logged):
    tiny = OptimizerConfig(lr=1e-30)
    train(make_model(), store, tmp_path, config(optimizer=tiny), progress=False)
    values = [values["validation/total"] for _, values in logged if "validation/total" in values]
    assert len(values) == 3 and len(set(values)) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [4, 6])
def test_a_signal_leaves_a_whole_checkpoint_that_goes_on_exactly(
    make_model, store, tmp_path, act_at, logged, number, step
):
    unbroken = train(make_model(), store, tmp_path / "a", config(), progress=False)
    validations = [values for _, values in logged if "validation/total" in values]
    logged.clear()
    before = signal.getsignal(number)
    with pytest.MonkeyPatch.context():
        act_at(step, lambda module: os.kill(os.getpid(), number) if not module.trainer.ckpt_path else None)
        with pytest.raises(TrainingInterrupted, match=f"{number.name} after step {step}"):
            train(make_model(), store, tmp_path / "b", config(), progress=False)
    assert signal.getsignal(number) is before
    assert checkpoints.find(tmp_path / "b").name == f"step-{step:08d}"
    resumed = train(make_model(), store, tmp_path / "b", config(), progress=False)
    assert weights(resumed) == weights(unbroken)
    assert [values for _, values in logged if "validation/total" in values][-2:] == validations[-2:]


def test_workers_and_more_frequent_saves_change_nothing(make_model, store, tmp_path):
    a = train(make_model(), store, tmp_path / "a", config(), progress=False)
    other = config(workers=2, save_every=1, validate_every=5, log_every=1)
    assert weights(a) == weights(train(make_model(), store, tmp_path / "b", other, progress=False))


def test_a_finished_training_is_only_loaded_and_a_longer_one_goes_on(make_model, store, tmp_path):
    folder = train(make_model(), store, tmp_path, config(), progress=False)
    again = make_model()
    assert train(again, store, tmp_path, config(), progress=False) == folder
    assert torch.equal(again.encoder.weight, checkpoints.load(folder).encoder.weight)
    assert train(make_model(), store, tmp_path, config(steps=14), progress=False).name == "step-00000014"


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"seed": 1}, "with other seed;"), ({"optimizer": OptimizerConfig(lr=0.5), "length": 3}, "other length, optim")],
)
def test_another_training_in_the_same_folder_is_refused(make_model, store, tmp_path, settings, message):
    train(make_model(), store, tmp_path, config(steps=4), progress=False)
    with pytest.raises(InputError, match=message):
        train(make_model(), store, tmp_path, config(**settings), progress=False)
    with pytest.raises(InputError, match="other model;"):
        train(make_model(hidden=17), store, tmp_path, config(), progress=False)
    with pytest.raises(InputError, match="resume=true"):
        train(make_model(), store, tmp_path, config(), resume=False, progress=False)


def test_the_same_data_named_in_another_way_goes_on_and_other_data_is_refused(
    make_model, make_store, store, tmp_path, monkeypatch
):
    train(make_model(), store, tmp_path / "run", config(steps=4), progress=False)
    monkeypatch.chdir(Path(store.folder).parent)
    train(make_model(), Path(store.folder).name, tmp_path / "run", config(), progress=False)
    with pytest.raises(InputError, match="other data;"):
        train(make_model(), make_store(tmp_path / "other", episodes=9), tmp_path / "run", config(), progress=False)


def test_a_draft_that_a_kill_left_is_neither_resumed_from_nor_kept(make_model, store, tmp_path):
    token = tmp_path / "checkpoints" / ".step-00000099.abc.draft"
    draft = token.with_name(f"{token.name}-folder")
    draft.mkdir(parents=True)
    token.touch()
    (draft / checkpoints.CONFIG).write_text("{}")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        checkpoints.find(tmp_path)
    train(make_model(), store, tmp_path, config(steps=4), progress=False)
    assert not draft.exists() and not token.exists()


def test_a_loss_that_is_not_finite_names_term_and_step_and_keeps_what_was_whole(
    make_model, store, tmp_path, monkeypatch, act_at
):
    state = {"bad": False}
    original = Toy.losses

    def losses(self, batch, moment):
        terms = original(self, batch, moment)
        return {**terms, "prediction": terms["prediction"] * (float("nan") if state["bad"] else 1.0)}

    monkeypatch.setattr(Toy, "losses", losses)
    act_at(7, lambda module: state.update(bad=True))
    with pytest.raises(DivergedError, match="loss 'prediction' is nan at step 7; lower"):
        train(make_model(), store, tmp_path, config(), progress=False)
    assert checkpoints.find(tmp_path).name == "step-00000004"


def test_weights_that_are_not_finite_are_not_kept(make_model, store, tmp_path, act_at):
    def spoil(module):
        module.model.register_buffer("extra", torch.tensor(float("inf")))

    act_at(6, spoil)
    with pytest.raises(DivergedError, match="extra is not finite after step 8"):
        train(make_model(), store, tmp_path, config(), progress=False)
    assert checkpoints.find(tmp_path).name == "step-00000004"


@pytest.mark.parametrize("room", [0.5, 1.5])
def test_a_full_disk_is_one_line_and_keeps_what_was_whole(make_model, store, tmp_path, act_at, room):
    model = make_model(hidden=128)
    size = room * sum(4 * p.numel() for p in model.parameters())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    act_at(5, lambda module: resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), before[1])))
    try:
        with pytest.raises(CheckpointError, match="step-00000008 cannot be written") as caught:
            train(model, store, tmp_path, config(), progress=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000004"]


def test_data_of_another_world_is_refused(make_model, make_store, store, tmp_path):
    large = make_store(tmp_path / "large", size=16)
    with pytest.raises(InputError, match=r"frame_shape \(3, 16, 16\), the model is for \(3, 8, 8\)"):
        train(make_model(), [store, large], tmp_path / "a", config(), progress=False)
    still = make_model(spec=WorldSpec((3, 8, 8)))
    with pytest.raises(InputError, match="action_space"):
        train(still, store, tmp_path / "a", config(), progress=False)
    with pytest.raises(InputError, match="no data"):
        train(make_model(), [], tmp_path / "a", config(), progress=False)


def test_a_model_that_no_plugin_offers_is_refused_before_training(make_model, store, tmp_path):
    class Local(Toy):
        pass

    with pytest.raises(CheckpointError, match="no installed plugin"):
        train(make_model(Local), store, tmp_path, config(), progress=False)


def test_losses_without_a_total_are_refused(make_model, store, tmp_path, monkeypatch):
    monkeypatch.setattr(Toy, "losses", lambda self, batch, moment: {"error": batch.frames.mean()})
    with pytest.raises(InputError, match="'total'"):
        train(make_model(heads={}), store, tmp_path, config(), progress=False)


def test_the_bar_begins_where_the_training_is(make_model, store, tmp_path, monkeypatch):
    train(make_model(), store, tmp_path, config(steps=4), progress=False)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    train(make_model(), store, tmp_path, config(steps=12), progress=True)
    shown = terminal.getvalue()
    assert "33%" in shown.split("\r")[1] and "12/12" in shown


def test_a_training_writes_few_lines_into_a_log(make_model, store, tmp_path, capsys):
    train(make_model(), store, tmp_path, config(steps=40), progress=True)
    shown = capsys.readouterr().err
    assert shown.count("\n") <= 2 and "\r" not in shown and "training: 100% 40/40 steps" in shown


def test_mixed_precision_keeps_weights_in_32_bits(make_model, store, tmp_path):
    mixed = TrainerConfig(accelerator="cpu", precision="bf16-mixed")
    folder = train(make_model(), store, tmp_path, config(trainer=mixed), progress=False)
    assert all(p.dtype == torch.float32 for p in checkpoints.load(folder).parameters())


def test_signals_mean_after_a_training_what_they_meant_before(make_model, store, tmp_path):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    train(make_model(), store, tmp_path / "run", config(steps=2), progress=False)
    assert {number: signal.getsignal(number) for number in before} == before
