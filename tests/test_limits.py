from dataclasses import dataclass
from typing import Annotated

import pytest

from worldmodels.config import Settings, build_config
from worldmodels.errors import InputError
from worldmodels.limits import Count, Device, Filled, Limit, Seed, Share


@dataclass(frozen=True)
class Limited(Settings):
    count: Count = 1
    share: Share | None = None
    half_open: Annotated[float, Limit(above=0, below=1)] = 0.5
    seed: Seed = 0
    device: Device = "cpu"
    names: Annotated[tuple[str, ...], Filled()] = ("a",)
    rates: tuple[Share, ...] = ()
    table: dict[str, Count] | None = None
    text: str = ""
    plain: float = 0.0


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("make", [lambda **values: Limited(**values), lambda **values: build_config(Limited, values)])
@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("count", 0, "int, at least 1"),
        ("count", 10**13, "int"),
        ("share", 1.1, "a finite float, at least 0 and at most 1 or null"),
        ("share", NAN, "finite"),
        ("half_open", 0.0, "above 0 and below 1"),
        ("half_open", 1.0, "above 0 and below 1"),
        ("seed", -1, "at least 0 and at most 4294967295"),
        ("seed", 2**32, "at most 4294967295"),
        ("device", "gpu", "such as cpu, cuda or cuda:1"),
        ("names", (), "not empty"),
        ("rates", (0.5, 2.0), "at most 1"),
        ("rates", "ab", "a list of"),
        ("table", {"a": 0}, "int, at least 1"),
        ("text", "a\0b", "str"),
        ("text", "\udcff", "str"),
        ("text", "x" * 10**6, "str"),
        ("plain", INF, "a finite float"),
        ("plain", NAN, "a finite float"),
        ("plain", 10**400, "a finite float"),
    ],
)
def test_what_is_out_of_limits_is_refused_with_what_is_allowed(make, name, value, allowed):
    with pytest.raises(InputError) as caught:
        make(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"Limited.{name} = ") and allowed in message and len(message) < 300


def test_what_is_within_is_converted():
    made = Limited(count=3.0, share=1, names=["x"], device="cuda:1", table={"a": 2.0})
    assert (made.count, made.share, made.names, made.device, made.table) == (3, 1.0, ("x",), "cuda:1", {"a": 2})
    assert type(made.count) is int and type(made.share) is float
