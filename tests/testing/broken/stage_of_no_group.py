"""Names a group in its stages that it does not declare."""

from toys.gan import GAN

from worldmodels.stages import Stage

CAUGHT_BY = "stages"
SAYS = "unknown group in stage 'rest'"
ONLY = True


class Model(GAN):
    stages = (*GAN.stages, Stage("rest", 1, frozen=("discriminator",)))
