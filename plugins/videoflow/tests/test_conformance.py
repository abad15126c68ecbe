"""The contract, for both couplings, a long look back, separate futures, and one level."""

from worldmodels.testing import WorldModelSuite
from worldmodels_videoflow.model import VideoFlow


class TestAffine(WorldModelSuite):
    model = VideoFlow


class TestAdditive(WorldModelSuite):
    model = VideoFlow
    config = {"coupling": "additive", "lookback": 3, "futures": 3, "coupling_gates": True, "skip": False}
    frame_shape = (1, 16, 32)


class TestOneLevel(WorldModelSuite):
    model = VideoFlow
    worlds = ("discrete",)  # how actions enter does not differ
    config = {"levels": 1, "lookback": 1, "cells": "uniform", "recompute": True}
    frame_shape = (3, 16, 16)
