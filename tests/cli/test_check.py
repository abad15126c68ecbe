import pytest

from worldmodels import WorldSpec, create, save
from worldmodels.cli.check import run
from worldmodels.errors import PluginError, UnknownNameError
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.testing.checks import CHECKS
from worldmodels.testing.checks.registry import NEEDS

SMALL = ["frame_shape=[3,16,16]", "config.state=8", "config.hidden=16"]
BROKEN = """
from worldmodels.testing.toy import Toy

class Model(Toy):
    presets = {"tiny": {"state": 8, "hidden": 16}}

    def _features(self, beliefs, constant):
        return super()._features(beliefs, constant).detach()

    def _step(self, belief, action, noise):
        if action is None:
            raise KeyError("no action")
        return super()._step(belief, action, noise)
"""


@pytest.mark.parametrize("model", ["toy", "worldmodels.testing.toy:Toy"])
def test_an_intact_model_passes(toy, model, capsys):
    assert run([model, *SMALL]) == 0
    out = capsys.readouterr().out
    applying = len(CHECKS) - len(NEEDS)
    assert f"{applying} of {applying} checks passed." in out
    assert "each in: nobody acts, discrete, continuous" in out
    assert "FAILED" not in out
    assert "observe_is_causal: A frame does not change the beliefs before it." in out


def test_a_broken_one_is_told_what_where_and_why(installed, capsys):
    installed("broken", BROKEN, module="stranger_to_check")
    assert run(["broken", "frame_shape=[3,16,16]", "only=[gradients_flow,rollout_shape,losses]"]) == 1
    out = capsys.readouterr().out
    assert "FAILED  gradients_flow" in out
    assert "found     features have no gradient after observe, inside differentiable()" in out
    assert "contract  differentiable() keeps gradients from features back to the parameters" in out
    assert "checks/learning.py:" in out
    assert "KeyError was raised in" in out
    assert "stranger_to_check.py:12: 'no action' [nobody acts]" in out
    assert "ok      losses" in out
    assert "1 of 3 checks passed; 2 FAILED." in out


def test_a_checkpoint_is_checked_in_its_own_world(toy, tmp_path, capsys):
    model = create(toy, WorldSpec((3, 16, 16)), state=8, hidden=16)
    attach_heads(model, {"distance": HeadConfig("distance", hidden=4)})
    assert run([str(save(model, tmp_path / "checkpoint"))]) == 0
    assert "each in: its own world" in capsys.readouterr().out


def test_a_class_in_the_working_folder_need_not_be_installed(tmp_path, monkeypatch, capsys):
    (tmp_path / "draft_of_mine.py").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["/nowhere", *__import__("sys").path])
    assert run(["draft_of_mine:Model", "frame_shape=[3,16,16]", "only=[losses]"]) == 0


def test_claimed_abilities_are_checked(installed, capsys):
    source = BROKEN.replace("class Model(Toy):", "class Model(Cascade, Toy):\n    levels = ()\n")
    source = f"from worldmodels.abilities import Cascade\n{source}"
    render = "\n    def _render_level(self, beliefs, constant, level):\n        return self._decode(beliefs['state'])\n"
    installed("claims", source + render)
    assert run(["claims", "frame_shape=[3,16,16]"]) == 1
    out = capsys.readouterr().out
    assert "FAILED  cascade" in out
    assert "swappable" not in out


def test_unknown_names(toy):
    with pytest.raises(UnknownNameError, match="'toy'"):
        run(["tyo"])
    with pytest.raises(UnknownNameError, match="'losses'"):
        run(["toy", "only=[loses]"])
    with pytest.raises(PluginError, match="No module named 'no_such'"):
        run(["no_such:Model"])
