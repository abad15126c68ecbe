"""The README's example runs as it is printed."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_ten_lines_run(tmp_path, monkeypatch):
    pytest.importorskip("worldmodels_srvp")
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    exec(compile(blocks("python")[0], str(README), "exec"), scope)
    assert scope["observation"].shape[0] == 256
    assert scope["reward"].shape == (256,)


def test_the_three_calls_run(tmp_path, monkeypatch):
    pytest.importorskip("worldmodels_srvp")
    import torch

    import worldmodels

    model = worldmodels.create("srvp", worldmodels.WorldSpec((3, 32, 32)))
    scope = {"model": model, "frames": torch.zeros(1, 3, 3, 32, 32), "actions": None}
    calls = blocks("python")[1].replace("imagine(belief, actions)", "imagine(belief, actions, horizon=4)")
    exec(calls, scope)
    assert scope["video"].shape == (1, 4, 3, 32, 32)
