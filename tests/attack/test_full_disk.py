"""A disk that is full after so many bytes: one line, and what was there before stays whole."""

import json
import random
import shutil

import pytest
from attacks import COUNT, SEED
from children import in_child
from disk import contents, faults, fill, mount
from kills import CLAIM, LINES, split
from published import publish

from worldmodels.cli.main import main

WHOLE = 64 << 20
AGAIN = {"train": "steps=9", "record": "episodes=12", "rounds": "rounds=3"}
"""What makes a job that is finished write once more."""
MORE = {
    "new": "new mine folder=HERE/new",
    "dreamer": "learn algorithm=dreamer checkpoint=CHECKPOINT starts=DATA reward.head=distance episodes=2 horizon=4 "
    "dreamer.updates=1 dreamer.clips=2 dreamer.length=4 dreamer.starts=2 dreamer.horizon=2 out=HERE/agent",
    "filtering": "evaluate filtering checkpoints=CHECKPOINT data=DATA at=[2,3] videos=2 out=HERE/report",
    "control": "evaluate control checkpoint=CHECKPOINT reward.head=distance episodes=2 environments=2 samples=8 "
    "horizon=2 out=HERE/report",
    "parameters": "evaluate parameters model=srvp out=HERE/report",
    "import": "import vrnn weights=PUBLISHED/weights config=PUBLISHED/config out=HERE/imported",
    "cater": "cater videos=1 size=[16,16] stride=100 out=HERE/cater",
}
JOBS = {**LINES, **MORE}


@pytest.fixture
def disk(tmp_path):
    """A folder that a child may put a small disk over."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def allowed():
        mount(folder, 1 << 20)
        return 0

    if in_child(allowed, tmp_path / "here").code:
        pytest.skip("mounting is not allowed here")
    return folder


@pytest.mark.parametrize("job", JOBS if COUNT else ("record", "train", "parameters"))
def test_a_full_disk(job, place, tmp_path, disk, record_property):
    """On a disk with what the job has left before, and room for so many bytes of what it writes now."""
    line = JOBS[job].replace("DATA", str(place.data)).replace("CHECKPOINT", str(place.checkpoint))
    if job == "import":
        pytest.importorskip("worldmodels_vrnn")
        publish("vrnn", tmp_path)
        line = line.replace("PUBLISHED", str(tmp_path))
    words = split(line.replace("HERE", str(disk)))
    before, found = tmp_path / "before", tmp_path / "found.json"

    def earlier():
        mount(disk, WHOLE)
        (disk / "claim.yaml").write_text(json.dumps(CLAIM))
        code = main(words)
        shutil.copytree(disk, before)
        return code

    first = in_child(earlier, tmp_path / "here", seconds=60)
    assert first.code in (0, 1), first.err

    def run(room, empty):
        def use():
            mount(disk, WHOLE)
            if not empty:
                shutil.copytree(before, disk, dirs_exist_ok=True)
            (disk / "claim.yaml").write_text(json.dumps(CLAIM))
            kept = contents(disk)
            fill(disk, room)
            code = main([*words, *([] if empty else [AGAIN[job]] if job in AGAIN else [])])
            (disk / ".ballast").unlink()
            found.write_text(json.dumps([faults(disk, kept), sum(map(len, contents(disk).values()))]))
            return code

        found.unlink(missing_ok=True)
        return in_child(use, tmp_path / "here", seconds=60)

    size = sum(len(content) for content in contents(before).values())
    rng, counts = random.Random(SEED), {"full": 0, "enough": 0}
    rooms = [0, 4096, *(rng.randrange(int(1.5 * size)) for _ in range(18 if COUNT else 1))]
    for number, room in enumerate(rooms):
        end = run(room, empty=number % 2 == 1 or job == "new")
        wrong, _ = json.loads(found.read_text()) if found.exists() else (["nothing could be looked at"], 0)
        assert not wrong and end.verdict in ("refused", "worked"), (room, wrong, end)
        counts["full" if end.verdict == "refused" else "enough"] += 1
    record_property(
        "told", f"full disk, {job}, {len(rooms)} byte counts up to {int(1.5 * size):,}, seed {SEED}: {counts}"
    )
    assert counts["full"]
