"""A stranger's first hour: the core and a scaffolded plugin from wheels, in an environment of their own."""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from worldmodels.scaffold import write_package

ROOT = Path(__file__).parents[2]

RECORD = """
import gymnasium as gym, numpy as np, worldmodels, worldmodels.data as data

assert {venv!r} in worldmodels.__file__, worldmodels.__file__

class Ball(gym.Env):
    observation_space = gym.spaces.Box(0, 255, (16, 16, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def _frame(self):
        frame = np.zeros((16, 16, 3), np.uint8)
        frame[6:10, self.x : self.x + 4] = 255
        return frame

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = int(self.np_random.integers(12))
        return self._frame(), {{}}

    def step(self, action):
        self.x = int(np.clip(self.x + 2 * action - 1, 0, 12))
        return self._frame(), float(self.x == 6), False, False, {{}}

data.record(Ball(), None, 8, "data/ball", seed=0, max_steps=12)
"""

IMAGINE = """
import gymnasium as gym, numpy as np, torch, worldmodels
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env

env = gym.make("worldmodels/Imagined-v0", checkpoint="runs/ball", horizon=8)
check_env(env.unwrapped)
agent = PPO("MlpPolicy", env, n_steps=16, batch_size=8, n_epochs=1)
agent.learn(32)

model = worldmodels.load("runs/ball")
worldmodels.save(model, "kept")
frames = torch.rand(1, 3, *model.spec.frame_shape)
belief, again = (m.observe(frames, torch.zeros(1, 2, 2), temperature=0.0) for m in (model, worldmodels.load("kept")))
assert all(torch.equal(belief[key], again[key]) for key in belief.keys())
print("imagined, learned, saved, loaded")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with an empty virtual environment into which both wheels are installed."""
    folder = tmp_path_factory.mktemp("stranger")
    plugin = write_package("bouncing", folder)
    for source in (ROOT, plugin):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheels")]
        subprocess.run(build, cwd=source, check=True, stdout=subprocess.DEVNULL)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    wheels = map(str, (folder / "wheels").glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, *wheels], check=True)
    _lend_dependencies(folder)
    (folder / "work").mkdir()
    return folder


def _lend_dependencies(folder: Path) -> None:
    """Everything that is installed here, except what belongs to this project and what would put it on the path."""
    ours = {dist.name.replace("-", "_") for dist in importlib.metadata.distributions() if "worldmodels" in dist.name}
    lent = folder / "lent"
    lent.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.suffix != ".pth" and not entry.name.startswith(("worldmodels", "_worldmodels", "__editable__", *ours)):
            (lent / entry.name).symlink_to(entry)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (site / "lent.pth").write_text(f"{lent}\n")


def run(place: Path, program: str, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(place / "venv" / "bin" / program), *arguments]
    result = subprocess.run(command, cwd=place / "work", env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


@pytest.mark.slow
def test_a_strangers_model_works_everywhere(place):
    assert str(ROOT) not in run(place, "python", "-c", "import sys; print(sys.path)")
    listed = run(place, "worldmodels", "list")
    assert [line.split()[0] for line in listed.splitlines()[2:]] == ["bouncing"]
    assert "FAILED" not in run(place, "worldmodels", "check", "bouncing")
    run(place, "python", "-c", RECORD.format(venv=str(place / "venv")))
    words = ["model.name=bouncing", "model.preset=tiny", "data.path=data/ball", "heads.reward.target=reward"]
    words += ["trainer=cpu", "steps=20", "batch_size=4", "length=4", "out=runs/ball"]
    run(place, "worldmodels", "train", *words)
    assert "imagined, learned, saved, loaded" in run(place, "python", "-c", IMAGINE)
