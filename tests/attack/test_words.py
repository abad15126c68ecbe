"""Command lines made of the settings' own types and of nonsense: each works, or is one line and exit code 2."""

import dataclasses
import os
import typing
from itertools import pairwise

import pytest
from attacks import TEXTS, attacked, nonsense
from hypothesis import given
from hypothesis import strategies as st
from test_seen import LEARN, PLAN, PREDICT, SRVP, split

from worldmodels.cli.check import CheckOptions
from worldmodels.cli.importing import ImportOptions
from worldmodels.cli.listing import ListOptions
from worldmodels.cli.new import NewOptions
from worldmodels.cli.record import RecordOptions
from worldmodels.config import hints_of
from worldmodels.evaluation.evaluation import evaluations, load_evaluation
from worldmodels.training.command import TrainCommand
from worldmodels.worlds import World

RECORD = "record world=reach out=OUT episodes=1"
LIKELY = "evaluate likelihood checkpoints=CHECKPOINT data=DATA length=4 videos=2 out=OUT"
BASES = {
    "record": (RECORD, RecordOptions),
    "train": (SRVP, TrainCommand),
    "prediction": (PREDICT, "prediction"),
    "likelihood": (LIKELY, "likelihood"),
    "control": (f"evaluate control {PLAN.removeprefix('plan ')} out=OUT", "control"),
    "parameters": ("evaluate parameters model=srvp out=OUT", "parameters"),
    "plan": (PLAN, "worldmodels_agents.commands.plan:PlanOptions"),
    "learn": (f"{LEARN} out=OUT", "worldmodels_agents.commands.learn:LearnOptions"),
    "list": ("list", ListOptions),
    "new": ("new mine folder=OUT", NewOptions),
    "import": ("import srvp weights=DATA/store.json config=DATA/store.json out=OUT", ImportOptions),
    "check": ("check nosuch only=[losses]", CheckOptions),
}
HARMLESS = {"steps", "episodes", "videos", "samples", "horizon", "total_timesteps", "n_epochs", "save_every", "workers"}
"""Settings of which a large number is legitimate, long work."""


def settings_of(options) -> list[str]:
    """The names of all settings, those within others too."""
    names = []
    for name, hint in hints_of(options).items():
        names.append(name)
        parts = [hint, *typing.get_args(hint)]
        inner = next((part for part in parts if dataclasses.is_dataclass(part) and isinstance(part, type)), None)
        names += [f"{name}.{part}" for part in settings_of(inner)] if inner else []
    if "world" in names:
        names += [f"world.{part}" for part in hints_of(World)]
    return names


def options_of(found):
    if isinstance(found, str) and ":" in found:
        module, _, name = found.partition(":")
        return getattr(pytest.importorskip(module), name)
    if isinstance(found, str):
        if found not in evaluations():
            pytest.skip(f"no evaluation {found} is installed")
        return load_evaluation(found).config
    return found


def text_of(value) -> str:
    """A value as it would be typed."""
    return value if isinstance(value, str) else str(value).replace("None", "null").replace("nan", ".nan")


@pytest.mark.parametrize("base", BASES)
def test_generated_command_lines(base, call, monkeypatch):
    line, options = BASES[base]
    names = settings_of(options_of(options))
    # Numbers that mean long work are left out for settings that say how much of it there is.
    small = nonsense.filter(lambda v: not isinstance(v, int | float) or isinstance(v, bool) or v != v or v < 3)
    values = {name: small if name.split(".")[-1] in HARMLESS else nonsense for name in names}
    setting = st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), values[name]))
    odd = st.tuples(st.text(max_size=12) | st.sampled_from(TEXTS), nonsense)
    counts = {0: 0}

    @attacked
    @given(st.lists(setting | setting | setting | odd, min_size=1, max_size=3))
    def attack(changes):
        words = [f"{name}={text_of(value)}" for name, value in changes if name != "out"]
        words = [word.replace("\0", "0") for word in words if not word.startswith(("-h", "--help", "device=cuda"))]
        answer = call(*split(line), *words)
        assert answer.code in (0, 1) or answer.refused, (words, answer)
        counts[answer.code] = counts.get(answer.code, 0) + 1

    attack()
    assert sum(counts.values())


@pytest.mark.parametrize("words", [[], ["nosuch"], ["evaluate"], ["evaluate", "nosuch"], ["train"], ["\udcff"], [""]])
def test_verbs_that_there_are_none_of(words, call):
    answer = call(*words)
    assert answer.code == 0 or answer.refused, answer


def test_the_environment_is_not_read_by_another_ones_config(call, tmp_path, monkeypatch, installed_config):
    """A config of a plugin that asks for the environment's variables is left out, and the rest goes on."""
    monkeypatch.setenv("WORLDMODELS_SECRET", "secret")
    installed_config("data/evil.yaml", "path: ${oc.env:WORLDMODELS_SECRET}\n")
    answer = call(*split(f"{SRVP} data=evil"))
    assert answer.code == 2 and "secret" not in answer.err + answer.out and "resolver" in answer.err
    assert os.environ["WORLDMODELS_SECRET"] == "secret"


LAUGHS = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n" for p, c in pairwise("abcdefgh"))


@pytest.mark.parametrize("text", [LAUGHS, "a: " + "[" * 5000, "[" * 40 + "]" * 40, "a: b: c", "a: *nosuch"])
def test_bombs_in_another_ones_config(call, installed_config, text):
    installed_config("data/bomb.yaml", text)
    answer = call("record", "world=reach", "episodes=1", "out=OUT")
    assert answer.code == 0 and "left out" in answer.err
