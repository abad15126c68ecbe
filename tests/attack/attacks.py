"""What attacks are made of: how many, nonsense values, damaged JSON and damaged bytes."""

from __future__ import annotations

import copy
import gzip
import io
import math
import os
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from children import CANARY
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

COUNT = int(os.environ.get("ATTACK", "0"))
"""How many cases of each attack `make attack` asks for; 0 for the few, always the same, of `make test`."""
SEED = int(os.environ.get("ATTACK_SEED", "0"))
"""Of all cases; `make attack` takes another one each time, and prints it."""


def attacked(share: float, few: int = 8) -> Callable[[Any], Any]:
    """Makes a test of hypothesis, with `share` of the cases that `make attack` asks for, or `few` in `make test`.

    Its body notes what it finds (see `Tally`) rather than to raise, so that one fault does not hide the others.
    """
    cases = math.ceil(COUNT * share) or few
    phases, checks = [Phase.generate], list(HealthCheck)
    bounds = settings(max_examples=cases, deadline=None, database=None, phases=phases, suppress_health_check=checks)
    return lambda test: seeded(SEED)(bounds(test))


CODE = [
    f"!!python/object/apply:os.system [touch {CANARY}]",
    f"!!python/object/new:os.system [touch {CANARY}]",
    f"__import__('os').system('touch {CANARY}')",
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"; touch {CANARY}",
    f"{{_target_: os.system, command: touch {CANARY}}}",
    f"${{eval:__import__('os').system('touch {CANARY}')}}",
]
"""What leaves the canary if anything runs it."""
NUMBERS = [0, -1, 1, 2, 3, 0.5, -0.0, 1.5, 1e300, -1e300, 2**31, 2**63, -(2**63), 10**30, float("inf"), float("nan")]
TEXTS = [
    "",
    "x",
    "null",
    "~",
    "../..",
    "/dev/null",
    "/dev/zero",
    "/proc/self/mem",
    "a b",
    "é",
    "\udcff",
    "${oc.env:HOME}",
]
TEXTS += ["[", "{", "'", "&a [*a, *a]", "1e3", "2024-13-40", *CODE, "%s%n", "A" * 5000]
nonsense = st.recursive(
    st.sampled_from([None, True, False, *NUMBERS, *TEXTS]) | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all parts of a JSON value."""
    found = [path]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        found += places(part, (*path, key))
    return found


@st.composite
def damaged(draw: Any, value: Any) -> Any:
    """A JSON value of which up to three parts are replaced or left out."""
    value = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)))
        if not path:
            return draw(nonsense)
        outer = value
        for key in path[:-1]:
            outer = outer[key]
        if draw(st.booleans()) and isinstance(outer, dict):
            del outer[path[-1]]
        else:
            outer[path[-1]] = draw(nonsense)
    return value


@st.composite
def torn(draw: Any, content: bytes) -> bytes:
    """Bytes that are cut, lengthened, overwritten in places, or others altogether."""
    kind = draw(st.sampled_from(["cut", "more", "flip", "flip", "flip", "other"]))
    if kind == "cut":
        return content[: draw(st.integers(0, len(content)))]
    if kind == "more":
        return content + draw(st.binary(max_size=64))
    if kind == "other":
        return draw(st.binary(max_size=256))
    mutable = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        # The beginning, where headers are, as often as all the rest.
        most = draw(st.sampled_from([64, 1024, len(mutable)]))
        mutable[draw(st.integers(0, min(most, len(mutable)) - 1))] = draw(st.integers(0, 255))
    return bytes(mutable)


class Evil:
    """Unpickled, it runs something that leaves the canary."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.called = function, arguments

    def __reduce__(self) -> Any:
        return self.called


EVIL = [
    Evil(os.system, f"touch {CANARY}"),
    Evil(exec, f"open({CANARY!r}, 'w').close()"),
    Evil(eval, f"open({CANARY!r}, 'w').close()"),
    Evil(subprocess.getoutput, f"touch {CANARY}"),
    Evil(Path.touch, Path(CANARY)),
    Evil(open, CANARY, "w"),
]


@st.composite
def malicious(draw: Any) -> bytes:
    """A file that would run code if it were unpickled: bare, as PyTorch's, as NumPy's, or torn."""
    evil = draw(st.sampled_from(EVIL))
    holder = draw(st.sampled_from([evil, {"state": evil}, {"x": torch.zeros(2), "y": [evil]}, [evil] * 3]))
    kind = draw(st.sampled_from(["bare", "torch", "old torch", "numpy", "gzip", "torn"]))
    protocol, buffer = draw(st.integers(0, 5)), io.BytesIO()
    if kind in ("torch", "old torch"):
        torch.save(holder, buffer, _use_new_zipfile_serialization=kind == "torch")
    elif kind == "numpy":
        np.save(buffer, np.array([evil, evil], object), allow_pickle=True)
    else:
        buffer.write(pickle.dumps(holder, protocol))
    content = gzip.compress(buffer.getvalue()) if kind == "gzip" else buffer.getvalue()
    return draw(torn(content)) if kind == "torn" else content
