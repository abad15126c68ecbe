"""Tensors that are made again and again stay in the process's memory."""

import os
import platform
import subprocess
import sys

import pytest

from worldmodels.allocator import keep_freed_memory

SCRIPT = """
import resource
import torch
from worldmodels.testing.toy import Toy
from worldmodels.spec import WorldSpec

if {made}:
    Toy(WorldSpec((1, 16, 16)))
torch.set_num_threads(1)

def make():
    for _ in range(4):
        torch.ones(12 * 2**20) + torch.ones(12 * 2**20)  # 48 MiB each

make()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
make()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(made: bool) -> int:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    script = SCRIPT.format(made=made)
    done = subprocess.run([sys.executable, "-c", script], env=kept, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told")
def test_a_model_in_the_process_keeps_large_tensors_from_being_mapped_anew():
    assert faults(made=True) < 0.02 * faults(made=False)


def test_settings_of_the_environment_are_left_alone(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1000000")
    assert not keep_freed_memory.__wrapped__()


def test_another_allocator_is_left_alone(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("MALLOC_", "GLIBC_TUNABLES")):
            monkeypatch.delenv(name)
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    assert not keep_freed_memory.__wrapped__()
