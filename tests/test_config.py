from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from worldmodels.config import build_config
from worldmodels.errors import InputError, UnknownNameError


@dataclass(frozen=True)
class Inner:
    width: int
    rate: float = 0.1


@dataclass(frozen=True)
class Outer:
    depth: int = 2
    rate: float = 0.5
    name: str = "a"
    on: bool = False
    kind: Literal["big", 1] = "big"
    sizes: tuple[int, ...] = (1,)
    pair: tuple[int, float] = (1, 1.0)
    table: dict[str, float] = field(default_factory=dict)
    limit: float | None = None
    inner: Inner = Inner(3)
    anything: Any = None

    def __post_init__(self):
        if self.depth > 9:
            raise ValueError("depth is at most 9")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("depth", 3.0, 3),
        ("rate", 1, 1.0),
        ("sizes", [1, 2], (1, 2)),
        ("pair", [1.0, 2], (1, 2.0)),
        ("table", {"a": 1}, {"a": 1.0}),
        ("limit", None, None),
        ("limit", 2, 2.0),
        ("inner", {"width": 5}, Inner(5)),
        ("inner", Inner(6), Inner(6)),
        ("anything", object, object),
        ("kind", 1, 1),
    ],
)
def test_values_are_converted(name, value, expected):
    result = getattr(build_config(Outer, {name: value}), name)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("depth", 2.5),
        ("depth", "2"),
        ("depth", True),
        ("depth", float("inf")),
        ("rate", "fast"),
        ("rate", True),
        ("rate", 10**400),
        ("name", 3),
        ("on", 1),
        ("kind", "small"),
        ("kind", True),
        ("kind", [1]),
        ("sizes", "12"),
        ("sizes", 3),
        ("pair", [1]),
        ("table", [1]),
        ("limit", "none"),
        ("inner", 4),
        ("inner", {}),
        ("inner", {"width": "x"}),
        ("depth", 10),
    ],
)
def test_wrong_values_are_named(name, value):
    with pytest.raises(InputError) as caught:
        build_config(Outer, {name: value})
    assert name in str(caught.value) or "width" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_settings_suggest_near_ones():
    with pytest.raises(UnknownNameError, match=r"'dept'.* 'depth'"):
        build_config(Outer, {"dept": 3})
    with pytest.raises(UnknownNameError, match="setting of Inner 'widht'"):
        build_config(Outer, {"inner": {"widht": 3}})


@pytest.mark.parametrize("values", [[], [1], "depth", None])
def test_settings_that_are_no_table_are_refused(values):
    with pytest.raises(InputError, match="is no table of settings"):
        build_config(Outer, values)
