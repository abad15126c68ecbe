"""Words that once ended in a traceback, hung, or were taken though they mean nothing; each is one line now."""

import pytest

TRAIN = "train data=DATA trainer=cpu trainer.threads=1 steps=1 batch_size=2 length=4 out=OUT"
SRVP = f"{TRAIN} model=srvp"
PREDICT = "evaluate prediction checkpoints=CHECKPOINT data=DATA context=2 horizon=2 samples=2 videos=2 out=OUT"
PLAN = "plan checkpoint=CHECKPOINT reward.head=distance episodes=2 environments=2 samples=8 horizon=2"
LEARN = "learn checkpoint=CHECKPOINT reward.head=distance environments=4 episodes=4 ppo.total_timesteps=64"
LEARN += " ppo.batch_size=32 horizon=4"

REFUSED = [
    "record env=nosuch:CartPole-v1 out=OUT",
    "record env=CartPole-v1 world.frame=render world.kwargs={render_mode: 3} out=OUT",
    "record env=CartPole-v1 options={render_mode: 3} out=OUT",
    "record world=reach out=OUT episodes=0",
    "record world=reach out=OUT episodes=-1",
    "record world=reach out=OUT seed=-1",
    "record world=cater_snitch world.kwargs.size=[100000,100000] out=OUT episodes=1",
    f"{SRVP} trainer=gpu",
    f"{SRVP} trainer.accelerator=x",
    f"{SRVP} trainer.devices=0",
    f"{SRVP} trainer.threads=0",
    f"{SRVP} trainer.threads=1000000",
    f"{SRVP} trainer.nodes=2",
    f"{TRAIN} model=null",
    f"{SRVP} optimizer.eps=-1",
    f"{SRVP} optimizer.betas=[2,3]",
    f"{SRVP} optimizer.lr=.nan",
    f"{SRVP} optimizer.lr=nan",
    f"{SRVP} optimizer.weight_decay=-1",
    f"{SRVP} seed=99999999999999999999999999",
    f"{SRVP} heads={{train: {{target: distance}}}}",
    f"{SRVP} heads={{a.b: {{target: distance}}}}",
    f"{SRVP} heads={{distance: {{target: distance, weight: .nan}}}}",
    f"{SRVP} heads={{distance: {{target: distance, unit: 0}}}}",
    f"{SRVP} heads={{distance: {{target: distance, loss: bce}}}}",
    f"{SRVP} heads={{nothing: {{target: nothing}}}}",
    f"{SRVP} model.config={{euler_steps: 0}}",
    f"{SRVP} model.config={{euler_steps: 100000}}",
    f"{SRVP} model.config={{state: 99999999999}}",
    f"{SRVP} model.config={{nosuch: 1}}",
    f"{PREDICT} batch_size=0",
    "evaluate prediction checkpoints=[] data=DATA out=OUT",
    f"{PREDICT} device=x",
    f"{PREDICT} device=cuda:99",
    f"{PREDICT} fvd={__file__}",
    f"{PREDICT} videos=-1",
    f"{PREDICT} samples=0",
    f"{PREDICT} temperature=.nan",
    f"{PREDICT} metrics=[x]",
    f"{PLAN} settings={{nosuch: 1}}",
    f"{PLAN} settings={{iterations: x}}",
    f"{PLAN} settings={{model: 1}}",
    f"{PLAN} discount=.nan",
    f"{PLAN} discount=1.5",
    f"{PLAN} episodes=0",
    f"{PLAN} seed=-1",
    f"{PLAN} reward.scale=.nan",
    f"{LEARN} episodes=0",
    f"{LEARN} ppo.n_steps=0",
    f"{LEARN} ppo.batch_size=1",
    f"{LEARN} ppo.n_epochs=0",
    f"{LEARN} ppo.gamma=.nan",
    f"{LEARN} ppo.gamma=1.5",
    f"{LEARN} ppo.seed=-1",
    f"{LEARN} horizon=0",
    f"{LEARN} out=/proc/nothing/policy.zip",
    f"{PREDICT} out=/proc/nothing",
    "record world=reach episodes=1 out=/proc/nothing",
    f"{SRVP} out=/proc/nothing",
    "bench name=data out=/proc/nothing/rows.json",
    "evaluate planning folds=0 out=OUT",
    f"evaluate planning cache={__file__} out=OUT",
    f"new example folder={'x' * 300}",
    f"record world=reach out={'x' * 300}",
    f"{SRVP} steps={'[' * 3000}",
    f"{PREDICT} context={'[' * 3000}",
    f"record world=reach world.kwargs={'[' * 3000} out=OUT",
    "record world=reach signals=&a [*a] out=OUT",
    "check srvp frame_shape=[0,0,0]",
    "check srvp frame_shape=[3,100000,100000]",
    "list --probe seconds=-1",
    "import srvp weights=DATA config=DATA out=OUT",
    "evaluate parameters model=srvp frame=[3,0,64] out=OUT",
]


def split(line: str) -> list[str]:
    """Words at single spaces, except within braces and brackets."""
    words, depth = [""], 0
    for character in line:
        depth += (character in "{[") - (character in "}]")
        if character == " " and depth <= 0:
            words.append("")
        else:
            words[-1] += character
    return words


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line[:90])
def test_one_line_and_exit_code_2(line, call):
    answer = call(*split(line))
    assert answer.refused, answer
