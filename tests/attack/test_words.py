"""Command lines made of the settings' own types and of nonsense: each works, or is one line and exit code 2."""

import dataclasses
import os
import shutil
import types
import typing
from itertools import pairwise

import pytest
from attacks import COUNT, TEXTS, attacked, nonsense
from hypothesis import given
from hypothesis import strategies as st
from test_seen import LEARN, PLAN, PREDICT, SRVP, TRAIN, split

from worldmodels.claims.command import ReproduceOptions
from worldmodels.cli.bench import BenchOptions
from worldmodels.cli.check import CheckOptions
from worldmodels.cli.compare import CompareOptions
from worldmodels.cli.importing import ImportOptions
from worldmodels.cli.listing import ListOptions
from worldmodels.cli.new import NewOptions
from worldmodels.cli.push import PushOptions
from worldmodels.cli.record import RecordOptions
from worldmodels.config import hints_of
from worldmodels.evaluation.evaluation import evaluations, load_evaluation
from worldmodels.play.command import PlayOptions
from worldmodels.plugins import available, load_class
from worldmodels.training.command import TrainCommand
from worldmodels.worlds import World

RECORD = "record world=reach out=OUT episodes=1"
# Wherever another algorithm may be drawn: PPO's own 100,000 steps are no hang.
SHORT_PPO = " ppo.total_timesteps=64 ppo.n_steps=8 ppo.batch_size=16 ppo.n_epochs=1"
LIKELY = "evaluate likelihood checkpoints=CHECKPOINT data=DATA length=4 videos=2 out=OUT"
FILTER = "evaluate filtering checkpoints=CHECKPOINT data=DATA at=[2,3] videos=2 out=OUT"
SURPRISE = "evaluate surprise checkpoints=CHECKPOINT events=worldmodels_envs.impossible:random_walk options.pairs=8"
SURPRISE += " out=OUT"
DREAM = "learn algorithm=dreamer checkpoint=CHECKPOINT starts=DATA reward.head=distance episodes=2 out=OUT"
DREAM += " dreamer.updates=1 dreamer.clips=2 dreamer.length=4 dreamer.starts=2 dreamer.horizon=2" + SHORT_PPO
ROUNDS = "learn world=reach rounds=1 collect=10 episodes=1 training.steps=1 training.batch_size=2 training.length=4"
ROUNDS += " training.held_out=0 preset=tiny dreamer.updates=1 dreamer.clips=2 dreamer.length=4 dreamer.starts=2"
ROUNDS += " dreamer.horizon=2 out=OUT"
ROUNDS += " reward.head=reward" + SHORT_PPO
PLANNING = "evaluate planning agents=[random] setups=[within] folds=[0] templates=['00002'] variations=2 workers=1"
PLANNING += " cache=OUT/cache out=OUT"
COMPARE = "compare checkpoints=CHECKPOINT evaluations=[prediction] settings.prediction.videos=2 out=OUT"
COMPARE += " settings.prediction.data=DATA settings.prediction.context=2 settings.prediction.horizon=2"
AGENTS = "worldmodels_agents.commands"
BASES = {
    "record": (RECORD, RecordOptions),
    "train": (SRVP, TrainCommand),
    "prediction": (PREDICT, "prediction"),
    "likelihood": (LIKELY, "likelihood"),
    "filtering": (FILTER, "filtering"),
    "surprise": (SURPRISE, "surprise"),
    "control": (f"evaluate control {PLAN.removeprefix('plan ')} out=OUT", "control"),
    "compare": (COMPARE, CompareOptions),
    "parameters": ("evaluate parameters model=srvp out=OUT", "parameters"),
    "speed": ("evaluate speed benchmark=nosuch out=OUT", "speed"),
    "scenes": ("evaluate scenes checkpoints=CHECKPOINT scenes=2 out=OUT", "scenes"),
    "snitch": ("evaluate snitch data=DATA test=DATA checkpoints=CHECKPOINT steps=1 out=OUT", "snitch"),
    "planning": (PLANNING, "planning"),
    "rules": ("evaluate rules checkpoints=CHECKPOINT out=OUT", "rules"),
    "plan": (PLAN, f"{AGENTS}.plan:PlanOptions"),
    "learn": (f"{LEARN} dreamer.updates=1 dreamer.clips=2 dreamer.length=4 out=OUT", f"{AGENTS}.learn:LearnOptions"),
    "dreamer": (DREAM, f"{AGENTS}.learn:LearnOptions"),
    "rounds": (ROUNDS, f"{AGENTS}.learn:LearnOptions"),
    "demo": ("demo nosuch=1", f"{AGENTS}.demo:DemoOptions"),
    "list": ("list", ListOptions),
    "new": ("new mine folder=OUT", NewOptions),
    "import": ("import srvp weights=DATA/store.json config=DATA/store.json out=OUT", ImportOptions),
    "check": ("check nosuch only=[losses]", CheckOptions),
    "play": ("play CHECKPOINT data=DATA", PlayOptions),
    "reproduce": ("reproduce nosuch out=OUT", ReproduceOptions),
    "bench": ("bench nosuch", BenchOptions),
    "push": ("push CHECKPOINT", PushOptions),
    "cater": ("cater videos=1 size=[8,8] stride=100 out=OUT", "worldmodels_snitch.cater:CaterOptions"),
}
MODELS = ("srvp", "vrnn", "svg", "rssm", "lewm", "videoflow", "jump", "cvg", "inferno", "vim", "scoff")
BASES |= {f"train {name}": (f"{TRAIN} model={name} model.preset=tiny", name) for name in MODELS}
HARMLESS = {"steps", "episodes", "videos", "samples", "horizon", "total_timesteps", "n_epochs", "save_every", "workers"}
HARMLESS |= {"collect", "rounds", "scenes", "final", "processes", "predictions", "iterations", "candidates", "crops"}
"""Settings of which a large number is legitimate, long work."""


def settings_of(options) -> dict[str, typing.Any]:
    """The names and types of all settings, those within others too."""
    found = {}
    for name, hint in hints_of(options).items():
        found[name] = hint
        parts = [hint, *typing.get_args(hint)]
        inner = next((part for part in parts if dataclasses.is_dataclass(part) and isinstance(part, type)), None)
        found |= {f"{name}.{part}": kind for part, kind in settings_of(inner).items()} if inner else {}
    if "world" in found:
        found |= {f"world.{part}": kind for part, kind in hints_of(World).items()}
    return found


def settings_named(found) -> dict[str, typing.Any]:
    """The settings of a verb's options, of an evaluation or of a model."""
    if isinstance(found, str) and ":" in found:
        module, _, name = found.partition(":")
        return settings_of(getattr(pytest.importorskip(module), name))
    if found in MODELS:
        if found not in available():
            pytest.skip(f"no model {found} is installed")
        inner = settings_of(load_class(found).Config)
        return {f"model.config.{name}": hint for name, hint in inner.items()} | {"model.preset": str}
    if isinstance(found, str) and found not in evaluations():
        pytest.skip(f"no evaluation {found} is installed")
    return settings_of(load_evaluation(found).config if isinstance(found, str) else found)


def fitting(hint):
    """Values of a setting's own type, most of them within its limits."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return fitting(parts[0])
    if origin is typing.Literal:
        return st.sampled_from(parts)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(fitting, parts))
    if origin is tuple:
        inner = parts[:1] if parts[-1] is Ellipsis else parts
        return st.tuples(*map(fitting, inner)).map(list)
    plain = {bool: st.booleans(), int: st.integers(0, 4), str: st.sampled_from(["DATA", "CHECKPOINT", "auto", "reach"])}
    plain |= {float: st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0]), type(None): st.none()}
    return plain.get(hint, nonsense)


def text_of(value) -> str:
    """A value as it would be typed."""
    return value if isinstance(value, str) else str(value).replace("None", "null").replace("nan", ".nan")


def typed(change) -> str:
    name, value = change
    return f"{name}={text_of(value)}".replace("\0", "0")


LEFT_OUT = ("-h", "--help", "device=cuda", "out=", "open=", "host=", "folder=..", "repo=", "name=null", "name=~")
LEFT_OUT += ("folder=DATA", "folder=CHECKPOINT", "cache=DATA", "cache=CHECKPOINT", "probe=True")
"""Words that would write outside of the folder, open a browser, ask another machine, or are long work."""


@pytest.fixture
def offline(monkeypatch):
    """Nothing is sent, and a page is not served for ever."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(pytest.importorskip("uvicorn").Server, "run", lambda *_, **__: None)


@pytest.mark.parametrize("base", BASES)
def test_generated_command_lines(base, call, tally, offline, tmp_path):
    line, options = BASES[base]
    hints = settings_named(options)
    names = sorted(hints)
    # Numbers that mean long work are left out for settings that say how much of it there is.
    small = nonsense.filter(lambda v: not isinstance(v, int | float) or isinstance(v, bool) or v != v or v < 3)
    values = {name: small if name.split(".")[-1] in HARMLESS else nonsense for name in names}
    setting = st.sampled_from(names).flatmap(
        lambda name: st.tuples(st.just(name), fitting(hints[name]) | fitting(hints[name]) | values[name])
    )
    odd = st.tuples(st.text(max_size=12) | st.sampled_from([*TEXTS, "_target_", "model._target_"]), nonsense)
    found = tally("command lines")

    @attacked(2 / len(BASES), few=2)
    @given(st.lists(setting | setting | setting | odd, min_size=1, max_size=3))
    def attack(changes):
        words = [*split(line), *(word for word in map(typed, changes) if not word.startswith(LEFT_OUT))]
        # In an interpreter of its own the page would be served for ever.
        anew = COUNT > 0 and found.total % 50 == 49 and base != "play"
        found.note(words, call(*words, anew=anew))
        shutil.rmtree(tmp_path / "here", ignore_errors=True)

    attack()
    found.settle()


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
