"""`worldmodels evaluate rules` measures what is there, and says what it cannot take."""

import json

import pytest
import torch

from worldmodels.checkpoints import save
from worldmodels.cli.evaluate import measure
from worldmodels.errors import InputError
from worldmodels.plugins import available, build
from worldmodels.rollout import Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.testing.plugins import install
from worldmodels_vim import SCOFF, VIM
from worldmodels_vim.evaluate import EVALUATION, RulesOptions, evaluate, make_truth
from worldmodels_vim.model import Explanation
from worldmodels_vim.rules import findings, nearest_pair, regions

pytest.importorskip("worldmodels_envs.random_walk")


class Knowing(VIM):
    """Reads the truth off the frames of three balls in red, green and blue, and calls each rule by another name."""

    names = torch.tensor([2, 0, 4, 1])

    def explain(self, frames, actions=None):
        light, ruler = frames / frames.sum((-1, -2), keepdim=True), torch.arange(32)
        places = torch.stack([(light * ruler).sum((-1, -2)), (light.mT * ruler).sum((-1, -2))], -1)
        gap = (places[:, 1:] - places[:, :-1]).round()
        rules = torch.where(gap[..., 0] != 0, (gap[..., 0] > 0).long(), 2 + (gap[..., 1] > 0).long())
        modules = torch.cat([rules[:, :1], self.names[rules]], 1)
        entries = {
            "slots": torch.cat([places, 0 * places[:, :, :1] - 9], 2),
            "modules": modules[:, :, [0, 1, 2, 0], None],
            "seen": frames,
        }
        beliefs = pack(entries, frames.shape[:2])
        nothing = torch.zeros(len(frames), frames.shape[1] - 1, 4)
        return Explanation(Rollout(beliefs, beliefs[:, -1], beliefs[:, -1]), nothing, nothing)

    def positions(self, rollout):
        return rollout.beliefs["slots"]

    def masks(self, rollout):
        seen = rollout.beliefs["seen"]
        return torch.cat([seen, 1 - seen.amax(2, keepdim=True)], 2)

    def reconstruct(self, frames, told):
        return frames


def options(path="none", **settings):
    return RulesOptions(path, videos=6, length=5, **settings)


def test_one_that_knows_finds_everything():
    apart = {"colours": [[255, 0, 0], [0, 255, 0], [0, 0, 255]], "radii": [1]}
    truth = make_truth(RulesOptions("none", videos=40, length=6, options=apart))
    seen_whole = (truth.labels.flatten(2).unsqueeze(-1) == torch.arange(1, 4)).sum(2).amin((1, 2)) == 9
    truth = type(truth)(*(part[seen_whole] for part in truth))
    found = findings(build(Knowing, WorldSpec((3, 32, 32)), "tiny", {"slots": 4, "modules": 5}), truth)
    assert found.table.purity == 1 and found.by_ball == [1, 1, 1]
    assert found.table.modules.tolist() == [2, 0, 4, 1]
    assert found.followed.agreement.min() == 1 and found.followed.distances.max() < 1e-3
    assert sum(close.share for close in found.by_gap()) == pytest.approx(1)
    assert all(close.agreement == 1 and close.error == 0 for close in found.by_gap())


def test_regions_are_thirds_of_the_frame():
    places = torch.tensor([[0.0, 0.0], [16.0, 16.0], [31.0, 0.0], [0.0, 31.0]])
    assert regions(places, torch.Size((32, 32))).tolist() == [0, 4, 2, 6]


def test_the_nearest_pair():
    places = torch.tensor([[[0.0, 0.0], [3.0, 4.0], [3.0, 6.0]], [[0.0, 0.0], [9.0, 0.0], [0.0, 8.0]]])
    assert nearest_pair(places).tolist() == [2, 8]
    assert nearest_pair(places[:, :1]).isinf().all()


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    for name, target in (("vim", "worldmodels_vim.model:VIM"), ("scoff", "worldmodels_vim.scoff:SCOFF")):
        if name not in available():
            monkeypatch.syspath_prepend(install(tmp_path / name, name, target))
    spec = WorldSpec((3, 32, 32))
    return [str(save(build(c, spec, "tiny"), tmp_path / f"{c.__name__}.model")) for c in (VIM, SCOFF)]


def test_the_command_writes_a_report(checkpoints, tmp_path, capsys):
    words = [f"checkpoints=[{','.join(checkpoints)}]", f"out={tmp_path / 'report'}", "videos=4", "length=4"]
    measure(EVALUATION, words)
    assert "purity" in capsys.readouterr().out
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert [row[0] for row in report["sections"][0]["rows"]] == checkpoints
    assert (tmp_path / "report/report.html").stat().st_size > 1000
    figures = json.loads((tmp_path / "report/result.json").read_text())
    assert list(figures) == checkpoints
    assert figures[checkpoints[0]]["mse_4"]["mean"] == report["sections"][0]["rows"][0][5]["mean"]


def test_compositions_have_no_module_for_each_rule(checkpoints):
    result = evaluate(options(checkpoints[0], variant="compositional_5", inner=2))
    assert result.report.sections[0].rows[0][1] is None
    assert "purity" not in result.figures[checkpoints[0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variant": "atomi"}, "atomic"),
        ({"options": {"stepp": 2}}, "step"),
        ({"length": 1}, "length = 1"),
        ({"options": {"size": 36}}, "is for frames"),
    ],
)
def test_what_does_not_fit_is_refused(checkpoints, change, message):
    with pytest.raises(InputError, match=message):
        evaluate(RulesOptions(checkpoints[0], **{"videos": 2, "length": 4, **change}))
