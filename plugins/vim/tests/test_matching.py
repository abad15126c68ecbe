"""Slots are matched with balls and modules with rules, one to one."""

import math

import pytest
import torch

from worldmodels_vim.matching import match_rules, match_slots, of_objects


def test_slots_go_to_the_nearest_balls_without_sharing():
    found = torch.tensor([[[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]]])
    true = torch.tensor([[[8.0, 8.0], [9.0, 9.0]]])
    assert match_slots(found, true).tolist() == [[1, 2]]


def test_values_of_the_matched_slots():
    values = torch.arange(24).view(2, 3, 4)
    picked = of_objects(values, torch.tensor([[3, 0], [1, 2]]))
    assert picked[0].tolist() == [[3, 0], [7, 4], [11, 8]] and picked[1, 0].tolist() == [13, 14]


def test_a_perfect_table_under_other_names():
    rules = torch.tensor([0, 1, 2, 3, 3])
    table = match_rules(rules, torch.tensor([4, 2, 0, 1, 1]), 4, 5)
    assert table.purity == 1 and table.unmatched == 0
    assert table.modules.tolist() == [4, 2, 0, 1] and table.by_rule == [1, 1, 1, 1]


def test_a_rule_shared_by_two_modules_loses_the_rarer():
    rules = torch.tensor([0] * 10 + [1] * 10)
    modules = torch.tensor([0] * 7 + [2] * 3 + [1] * 10)
    table = match_rules(rules, modules, 2, 3)
    assert table.purity == pytest.approx(17 / 20) and table.unmatched == pytest.approx(3 / 20)
    assert table.purity_of(rules[:10], modules[:10]) == pytest.approx(0.7)
    assert math.isnan(table.purity_of(rules[:0], modules[:0]))


def test_fewer_modules_than_rules():
    table = match_rules(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 0]), 2, 1)
    assert table.modules.tolist() == [-1, 0] and table.purity == pytest.approx(2 / 3)
    assert table.by_rule == [0, 1]
