"""The same seed gives the same bits, whichever process and whatever the order of its hashes."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("worldmodels_srvp")
pytest.importorskip("worldmodels_envs")
SCRIPT = Path(__file__).with_name("same_bits.py")


def test_two_processes_with_two_hash_seeds_agree_in_every_bit(tmp_path, monkeypatch):
    """This process, whose hashes are ordered at random, and one whose order is given."""
    environment = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    (tmp_path / "there").mkdir()
    other = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(tmp_path / "there")], stdout=subprocess.PIPE, text=True, env=environment
    )
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import same_bits

    threads = torch.get_num_threads()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            here = same_bits.digests(tmp_path / "here")
    finally:
        torch.set_num_threads(threads)
    told, _ = other.communicate()
    there = json.loads(told.splitlines()[-1])
    assert there["hash"] != hash("a text")
    assert there["digests"] == here
