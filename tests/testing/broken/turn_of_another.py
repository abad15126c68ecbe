"""Gives the critic's loss in every turn."""

from dataclasses import replace

from toys.gan import GAN

CAUGHT_BY = "turns"
SAYS = "in the turn of 'generator' the loss does not reach it"


class Model(GAN):
    def losses(self, batch, moment):
        return super().losses(batch, replace(moment, turn="critic"))
