"""Weights as a model's authors publish them, made small."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import torch


def publish(importer: str, folder: Path) -> dict[str, Any]:
    """Leave `weights` and `config` in a folder; returns what the config says."""
    if importer == "srvp":
        settings: dict[str, Any] = {"nx": 64, "nc": 1, "nf": 4, "nhx": 16, "ny": 6, "nz": 5, "skipco": False}
        settings |= {
            "nt_inf": 2,
            "nh_inf": 12,
            "nlayers_inf": 3,
            "nh_res": 14,
            "nlayers_res": 4,
            "archi": "dcgan",
            "res_gain": 1.2,
        }
        settings |= {"n_euler_steps": 1, "obs_scale": 0.2, "beta_y": 1, "beta_z": 1, "l2_res": 1}
        state = importlib.import_module("worldmodels_srvp.reference").Reference(settings).state_dict()
    else:
        theirs, settings = importlib.import_module("worldmodels_vrnn.importer"), {"img_ch": 3, "n_ctx": 2, "n_hid": 4}
        state = theirs.export_published(theirs.empty_model(settings))
    torch.save(state, folder / "weights")
    (folder / "config").write_text(json.dumps(settings))
    return settings
