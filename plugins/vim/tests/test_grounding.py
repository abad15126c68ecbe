"""Labelled steps name the slot that obeys and its modules; a grounded model acts through them."""

import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.rollout import Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.transitions import Transitions
from worldmodels_vim import VIM
from worldmodels_vim.grounding import Closeness, Grounded, Grounding, ground
from worldmodels_vim.model import Explanation

RED, GREEN, BLACK = torch.eye(3)[0], torch.eye(3)[1], torch.zeros(3)


def make(cls=VIM, **settings):
    torch.manual_seed(0)
    return build(cls, WorldSpec((3, 32, 32)), "tiny", settings).eval()


class Scripted(VIM):
    """Slots are in another order every time; red does as told, green as it likes, black always the same."""

    def explain(self, frames, actions=None):
        told = frames[:, 0, 0, 0, 0].mul(10).round().long()
        modules = torch.stack([self.obeyed[told], self.free[: len(told)], torch.full_like(told, 3)], 1)
        colours = torch.stack([RED, GREEN, BLACK]).expand(len(told), 3, 3)
        rows, orders = torch.arange(len(told))[:, None], self.orders[: len(told)]
        beliefs = pack(
            {
                "slots": colours[rows, orders][:, None].expand(-1, 2, -1, -1),
                "modules": modules[rows, orders][:, None, :, None].expand(-1, 2, -1, 1),
            },
            (len(told), 2),
        )
        return Explanation(Rollout(beliefs, beliefs[:, -1], beliefs[:, -1]), told, told)

    def colours(self, given):
        return given.beliefs["slots"]


def test_the_slot_that_obeys_is_found_whatever_its_place():
    model = make(Scripted, modules=4)
    generator = torch.Generator().manual_seed(0)
    model.orders = torch.stack([torch.randperm(3, generator=generator) for _ in range(20)])
    model.free = torch.randint(4, (20,), generator=generator)
    model.obeyed, actions = torch.tensor([2, 0, 1]), torch.randint(3, (20,), generator=generator)
    before = (actions / 10).view(-1, 1, 1, 1).expand(-1, 3, 32, 32)
    grounding = ground(model, before, actions, before, choices=3)
    assert torch.equal(grounding.colour, RED) and grounding.agreement == 1
    assert grounding.modules.tolist() == [2, 0, 1]


def test_more_actions_than_modules_are_refused():
    with pytest.raises(InputError, match="need as many modules"):
        ground(make(), torch.zeros(1, 3, 32, 32), torch.zeros(1).long(), torch.zeros(1, 3, 32, 32), choices=4)


def test_actions_move_the_slot_of_that_colour():
    model = make(modules=4)
    video = torch.rand(2, 2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    belief = model.observe(video, temperature=0.0)
    colour = model.colours(belief)[0, 1]
    world = Grounded(model, Grounding(colour, torch.tensor([3, 1]), 1.0), Discrete(2)).eval()
    after = world.step(belief[:1], torch.tensor([[1.0, 0.0]]), temperature=0.0)
    expected = model.do(belief[:1], torch.tensor([1]), torch.tensor([3]), temperature=0.0)
    assert torch.equal(after["modules"], expected["modules"])
    torch.testing.assert_close(after["slots"], expected["slots"])


def test_closeness_is_that_of_the_things_of_these_colours():
    model = make()
    belief = model.observe(torch.rand(1, 1, 3, 32, 32), temperature=0.0)
    colours, places = model.colours(belief)[0], model.positions(belief)[0]
    reward = Closeness(model, colours[0], colours[2])(Transitions(model, belief, belief))
    torch.testing.assert_close(reward, -(places[0] - places[2]).abs().sum()[None])
