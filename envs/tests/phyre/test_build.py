import gzip
import json
from concurrent.futures import Future

import numpy as np

from worldmodels_envs.phyre import build
from worldmodels_envs.phyre.attempt import Status, attempt_balls
from worldmodels_envs.phyre.templates import TEMPLATES, Template


def few(monkeypatch, kept=2):
    monkeypatch.setattr(build, "PROBES", 8)
    monkeypatch.setattr(build, "VARIATIONS", kept)
    monkeypatch.setattr(build, "DIVERSE_SHARE", 1.0)
    monkeypatch.setattr(build, "STRICTER", {})


def test_kept_variations_have_a_stable_solution_and_repeat(monkeypatch):
    few(monkeypatch)
    kept, counts = build.choose("00002")
    assert counts["kept"] == len(kept) == 2
    for variation in kept:
        scene = TEMPLATES["00002"].scene(variation.parameters)
        ball = np.array(variation.solution, dtype=float)
        assert attempt_balls(scene, ball).tolist() == [Status.SOLVED]
        assert build.is_stable(scene, ball)
    assert build.choose("00002") == (kept, counts)
    assert build.choose("00002", seed=1)[0] != kept


def test_trivial_layouts_are_refused(monkeypatch, drop):
    few(monkeypatch)
    selection = build.TemplateSelection("00002", 0)
    assert selection.consider(TEMPLATES["00002"].choices()[0], drop) is build.LayoutVerdict.TRIVIAL
    assert selection.kept == []


def test_easy_layouts_are_kept_when_the_others_have_run_out(monkeypatch, ledge):
    few(monkeypatch, kept=1)
    pushes = np.array([[88.0, 200.0, 12.0]] + [[220.0, 200.0, 4.0]] * 15)
    monkeypatch.setattr(build, "PROBES", 16)
    monkeypatch.setattr(build, "random_balls", lambda count, rng: pushes[:count])
    monkeypatch.setattr(Template, "layouts", lambda self: iter([(self.choices()[0], ledge)]))
    kept, counts = build.choose("00002")
    assert kept[0].solution == (88, 200, 12)
    assert counts == {"easy": 1, "kept": 1}


def test_strict_templates_take_the_hardest_of_the_easy_layouts_last(monkeypatch, ledge, drop):
    few(monkeypatch, kept=1)
    pushes = np.array([[88.0, 200.0, 12.0]] + [[220.0, 200.0, 4.0]] * 31)
    monkeypatch.setattr(build, "PROBES", 32)
    monkeypatch.setattr(build, "random_balls", lambda count, rng: pushes[:count])
    monkeypatch.setattr(build, "STRICT", ("00002",))
    first, second = TEMPLATES["00002"].choices()[:2]
    monkeypatch.setattr(Template, "layouts", lambda self: iter([(first, drop), (second, ledge)]))
    kept, counts = build.choose("00002")
    assert (kept[0].parameters, kept[0].solution) == (second, (88, 200, 12))
    assert counts == {"easy": 2, "kept": 1}
    monkeypatch.setattr(build, "STRICT", ())
    assert build.choose("00002")[1] == {"trivial": 1, "kept": 1}


def test_stricter_templates_also_set_aside_what_falls_to_balls_of_its_own(monkeypatch, ledge):
    few(monkeypatch, kept=1)
    push, away = [88.0, 200.0, 12.0], [220.0, 200.0, 4.0]
    probes, own = np.array([away] * 8), np.array([away] * 5 + [push] * 11)
    monkeypatch.setattr(build, "random_balls", lambda count, rng: own if count == 16 else probes[:count])
    monkeypatch.setattr(build, "STRICTER", {"00002": 16})
    selection = build.TemplateSelection("00002", 0)
    parameters = TEMPLATES["00002"].choices()[0]
    assert selection.consider(parameters, ledge) is build.LayoutVerdict.EASY
    assert selection.withstood == 6
    own = np.array([away] * 16)
    assert selection.consider(parameters, ledge) is build.LayoutVerdict.KEPT
    assert build.is_stable(ledge, np.array(selection.kept[0].solution, dtype=float))


def test_layouts_that_one_probe_solves_too_often_are_refused(monkeypatch, ledge):
    few(monkeypatch)
    monkeypatch.setattr(build, "DIVERSE_SHARE", 0.5)
    monkeypatch.setattr(build, "random_balls", lambda count, rng: np.array([[88.0, 200.0, 12.0]] * count))
    selection = build.TemplateSelection("00002", 0)
    monkeypatch.setattr(build, "EASY_SHARE", 2.0)
    verdicts = [selection.consider(p, ledge) for p in TEMPLATES["00002"].choices()[:3]]
    assert verdicts == [build.LayoutVerdict.KEPT, build.LayoutVerdict.ALIKE, build.LayoutVerdict.ALIKE]


def test_a_second_run_goes_on_where_the_first_stopped(monkeypatch, tmp_path):
    asked = []

    class Here:
        """A pool that works in this process."""

        def __init__(self, *args, **kwargs): ...
        def __enter__(self):
            return self

        def __exit__(self, *error): ...
        def submit(self, call, id, seed):
            future = Future()
            future.set_result(([build.Variation({"n": 1}, (1, 2, 3))], {"kept": 1}))
            asked.append(id)
            return future

    monkeypatch.setattr(build, "ProcessPoolExecutor", Here)
    build.build(tmp_path, 1, templates=["00000"])
    assert not (tmp_path / "ball.json.gz").exists()
    build.build(tmp_path, 1)
    assert asked == list(TEMPLATES)
    rows = json.loads(gzip.decompress((tmp_path / "ball.json.gz").read_bytes()))
    assert rows["00024"] == [[{"n": 1}, [1, 2, 3]]]
