"""What VIM promises beyond the contract."""

import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.abilities import ModuleControl, ObjectCentric
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_vim import SCOFF, VIM, VIMConfig
from worldmodels_vim.decoder import PatchDecoder
from worldmodels_vim.model import FIRST, gate
from worldmodels_vim.modules import Banks
from worldmodels_vim.roles import Roles
from worldmodels_vim.transition import NUDGE, STEPS, pick, settle


def make(cls=VIM, actions=None, preset="tiny", **settings):
    torch.manual_seed(0)
    return build(cls, WorldSpec((3, 32, 32), actions), preset, settings)


def video(batch=2, time=4, size=32):
    return torch.rand(batch, time, 3, size, size, generator=torch.Generator().manual_seed(1))


def test_default_sizes():
    model = make(preset=None)
    assert sum(p.numel() for p in model.parameters()) * 4 < 8e6, "checkpoints stay below 8 MB"
    assert isinstance(model, ObjectCentric) and isinstance(model, ModuleControl)


def test_paper_sizes():
    model = make(preset="paper")
    convolutions = [m.kernel_size for m in model.encoder.modules() if isinstance(m, torch.nn.Conv2d)]
    assert convolutions == [(5, 5)] * 4
    assert [layer.weight.shape for layer in model.transition.bank.layers] == [(5, 64, 128), (5, 128, 128)]
    assert model.stages[0].name == "stills" and model.stages[-1].length == 20
    belief = model.observe(video(1, 2))
    assert belief["slots"].shape == (1, 4, 64)


def test_banks_are_independent_layers():
    layer = Banks(3, 4, 5)
    shared, own = torch.randn(2, 1, 4), torch.randn(2, 3, 4)
    for module in range(3):
        expected = own[:, module] @ layer.weight[module] + layer.bias[module]
        torch.testing.assert_close(layer(own)[:, module], expected)
    torch.testing.assert_close(layer(shared), layer(shared.expand(2, 3, 4)))


def test_a_picked_addition_has_the_gradient_of_the_softmax():
    additions, logits = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, requires_grad=True)
    index = logits.argmax(-1)
    picked = pick(additions, index, logits)
    with torch.no_grad():
        torch.testing.assert_close(pick(additions, index, logits), picked)
    torch.testing.assert_close(picked[1, 2], additions[1, 2, index[1, 2]])
    picked.sum().backward()
    assert logits.grad.abs().sum() > 0


def test_places_are_not_normalised():
    slots = torch.randn(2, 3, 10)
    settled = settle(slots, 8)
    assert torch.equal(settled[..., 8:], slots[..., 8:])
    torch.testing.assert_close(settled[..., :8].mean(-1), torch.zeros(2, 3), atol=1e-5, rtol=0)


def test_of_two_slots_that_cover_a_pixel_the_one_in_front_is_seen():
    torch.manual_seed(0)
    decoder, slots = PatchDecoder((3, 32, 32), VIMConfig()), torch.randn(4, 3, 66)
    with torch.no_grad():
        decoder.paint[-1][-1].bias.view(4, 16)[3] = 50.0
        front = decoder.depth(slots[..., :64]).argmax(1)
        masks = decoder(slots).masks
    assert len(front.unique()) > 1
    assert (masks.argmax(1).flatten(1) == front).all(), "all shapes cover all pixels, and depths alone decide"


@pytest.mark.parametrize(("way", "expected"), [(0.004, 0.004), (-0.004, -0.004), (0.4, NUDGE), (-0.4, -NUDGE)])
def test_updates_bring_places_to_where_they_are_found_by_a_nudge_at_most(way, expected):
    transition = make().eval().transition
    torch.nn.init.zeros_(transition.posterior_update[-1].weight)
    torch.nn.init.zeros_(transition.posterior_update[-1].bias)
    slots, addition = torch.zeros(1, 1, 10), torch.tensor([[[0.0] * 8 + [0.1, -0.2]]])
    told = transition.told(slots, addition + torch.tensor([0.0] * 8 + [way] * 2))
    mean = transition.posterior_of_update(slots, addition, told).mean
    assert mean[..., 8:].flatten().tolist() == pytest.approx([expected] * 2, rel=0.01)
    assert not mean[..., :8].any()


def test_updates_know_what_a_slot_holds():
    transition = make().eval().transition
    addition, told = torch.zeros(1, 1, 10), torch.zeros(1, 1, 10)
    q, other = (transition.posterior_of_update(slots, addition, told) for slots in torch.randn(2, 1, 1, 10))
    assert not torch.allclose(q.mean, other.mean)


def test_updates_are_closed_then_let_in_while_their_kl_counts():
    model = make(stills=0.4, closed=0.4, opening=0.2)
    assert [round(gate(model.config, p), 6) for p in (0.4, 0.63, 0.7, 0.76, 1.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    model.losses(Batch(video()), Moment.at(0.5))["total"].backward()
    assert model.transition.posterior_update[0].weight.grad.abs().sum() > 0


def test_stills_train_no_transition():
    model = make()
    terms = model.losses(Batch(video()), Moment.at(0.0, "stills"))
    terms["total"].backward()
    assert set(terms) == {"reconstruction", "total"}
    assert all(p.grad is None for p in model.transition.parameters())


def test_do_moves_one_slot_by_one_module():
    model = make().eval()
    belief = model.observe(video(), temperature=0.0)
    slot = torch.tensor([0, 2])
    done = [model.do(belief, slot, torch.full((2,), m), temperature=0.0) for m in range(3)]
    for module, after in enumerate(done):
        assert after["modules"][torch.arange(2), slot, 0].tolist() == [module, module]
    assert not torch.allclose(done[0]["slots"][0, 0], done[1]["slots"][0, 0])
    torch.testing.assert_close(done[0]["slots"][0, 1:], done[1]["slots"][0, 1:])


def test_modules_for_every_slot():
    model = make().eval()
    belief = model.observe(video(), temperature=0.0)
    chosen = torch.tensor([[0, 1, 2], [2, -1, 0]])
    after = model.do_all(belief, chosen, temperature=0.0)
    own = model.step(belief, temperature=0.0)
    assert after["modules"][0, :, 0].tolist() == [0, 1, 2]
    assert after["modules"][1, 1, 0] == own["modules"][1, 1, 0]
    for wrong in (torch.tensor([[0, 1, 3]] * 2), torch.tensor([[0, 1]] * 2)):
        with pytest.raises(InputError, match="they must be"):
            model.do_all(belief, wrong)


def test_more_inner_steps_than_trained_with():
    model = make().eval()
    model.inner = 3
    assert model.observe(video())["modules"].shape == (2, 3, 3)


def test_a_slot_stays_that_a_module_would_bring_no_nearer():
    model = make(slots=6).eval()
    with torch.no_grad():
        for parameter in (*model.transition.bank.parameters(), *model.transition.posterior_update[-1].parameters()):
            parameter.mul_(0.02)
    frames = video()[:, :2]
    moved = model.explain(frames).rollout.beliefs
    model.stays = True
    told = model.explain(frames)
    beliefs, modules = told.rollout.beliefs, told.rollout.beliefs["modules"][:, 1, :, 0]
    stayed = modules == -1
    assert stayed.any() and not stayed.all()
    assert torch.equal(beliefs["slots"][:, 1][stayed], beliefs["slots"][:, 0][stayed])
    assert torch.equal(beliefs["slots"][:, 1][~stayed], moved["slots"][:, 1][~stayed])
    assert not told.module_kl[:, 0][stayed].any() and told.update_kl[:, 0][~stayed].all()


@pytest.mark.parametrize("moves", ["place", "slot"])
def test_what_modules_add_to(moves):
    model = make(moves=moves).eval()
    slots = model.observe(video())["slots"]
    additions, keys, *_ = model.transition.candidates(slots, None)
    torch.testing.assert_close(keys, model.transition.key(model.transition._enlarge(additions)))
    assert bool(additions[..., :8].any()) is (moves == "slot") and additions[..., 8:].all()


def test_an_action_changes_the_prior_and_not_what_modules_do():
    model = make(actions=Discrete(2)).eval()
    slots = model.observe(video(), torch.zeros(2, 3, 2))["slots"]
    left, right = (model.transition.candidates(slots, torch.eye(2)[[a, a]]) for a in range(2))
    assert torch.equal(left.additions, right.additions)
    assert not torch.allclose(left.prior, right.prior)


@pytest.mark.parametrize("cls", [VIM, SCOFF])
def test_explanations(cls):
    model = make(cls).eval()
    frames = video()
    told = model.explain(frames)
    painted = model.reconstruct(frames, told)
    assert painted.shape == frames.shape
    assert told.module_kl.shape == told.update_kl.shape == (2, 3, 3)
    changed = frames.clone()
    changed[:, -1] = 0
    again = model.reconstruct(changed, model.explain(changed))
    sees_its_frame = not torch.allclose(again[:, -1], painted[:, -1])
    assert sees_its_frame is (cls is VIM), "SCOFF predicts a frame from those before it"


@pytest.mark.parametrize("stride", [1, 3, 8])
def test_strides_that_leave_the_tokens_grid_are_refused(stride):
    with pytest.raises(InputError, match="stride"):
        VIMConfig(stride=stride)


def test_patches_have_to_fill_the_frame():
    with pytest.raises(InputError, match="multiples of 4"):
        VIM(WorldSpec((3, 30, 32)), VIMConfig())


def test_roles_give_the_same_features_whatever_the_order_of_the_slots():
    model = make(roles=4).eval()
    belief = model.observe(video())
    other = belief.clone()
    other["slots"] = belief["slots"][:, [2, 0, 1]]
    torch.testing.assert_close(model.features(other), model.features(belief))
    assert model.features(belief).shape == (2, model.feature_dim) == (2, 4 * 10)


def test_a_head_learns_which_slot_is_meant_by_what_it_holds():
    torch.manual_seed(0)
    roles, contents = Roles(2, 8), torch.randn(3, 8)
    optimizer = torch.optim.Adam(roles.parameters(), 0.05)
    for _ in range(150):
        places = torch.rand(64, 3, 2)
        order = torch.rand(64, 3).argsort(1)
        slots = torch.cat([contents.expand(64, -1, -1), places], -1)
        slots = slots.gather(1, order.unsqueeze(-1).expand(-1, -1, 10))
        error = (roles(slots)[:, 8:10] / STEPS - places[:, 1]).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert error < 0.002, "the variance of a place is 0.083"


def test_the_mixture_alone_is_that_of_the_painting():
    for settings in ({}, {"decoder": "broadcast", "placed": False, "start": "gaussian"}):
        model = make(**settings)
        slots = torch.randn(2, 3, model.attention.width)
        torch.testing.assert_close(model.decoder.frames(slots), model.decoder(slots).frames)


def test_places_are_coded_for_the_choice_of_modules_alone():
    model = make(octaves=2).eval()
    assert model.transition.prior_query[0].in_features == 8 + 2 + 4 * 2
    belief = model.observe(video(), temperature=0.0)
    assert model.step(belief, temperature=0.0)["slots"].isfinite().all()


def test_losses_come_with_the_beliefs_of_every_frame():
    model = make()
    for moment in (Moment.at(0.5), Moment.at(0.0, "stills")):
        beliefs = model.losses(Batch(video()), moment).beliefs
        assert beliefs.beliefs["slots"].shape[:2] == beliefs.beliefs["modules"].shape[:2] == (2, 4)
        assert (beliefs.beliefs["modules"][:, 0] == FIRST).all()
