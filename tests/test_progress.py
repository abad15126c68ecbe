import io

import pytest
import tqdm.std

from worldmodels.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = [100.0]
    monkeypatch.setattr(tqdm.std, "time", lambda: now[0])
    return now


def test_a_log_gets_a_line_every_ten_seconds(clock):
    log = io.StringIO()
    for _ in Progress(range(1000), "recording", unit="episode", file=log):
        clock[0] += 0.05
    lines = log.getvalue().splitlines()
    assert len(lines) == 5 and "\r" not in log.getvalue() and log.getvalue().endswith("\n")
    assert lines[0].startswith("recording:  20% 201/1000 episodes [00:10<00:39")
    assert lines[-1].startswith("recording: 100% 1000/1000 episodes [00:50<00:00, 20.0")


def test_short_work_leaves_one_line_in_a_log(clock):
    log = io.StringIO()
    with Progress(label="training", total=8, done=4, file=log) as bar:
        bar.set_postfix_str("loss 0.5", refresh=False)
        bar.update(4)
        clock[0] += 2
    assert log.getvalue() == "training: 100% 8/8 steps [00:02<00:00,  2.00step/s, loss 0.5]\n"


def test_a_terminal_gets_a_bar(clock):
    terminal = Terminal()
    for _ in Progress(range(10), "recording", file=terminal):
        clock[0] += 1
    assert terminal.getvalue().count("\r") > 5 and terminal.getvalue().count("\n") == 1


@pytest.mark.parametrize("options", [{"show": False}, {"leave": False}])
def test_nothing_is_left_where_nothing_is_to_be_shown(clock, options):
    log = io.StringIO()
    assert list(Progress(range(3), "checking", file=log, **options)) == [0, 1, 2]
    assert log.getvalue() == ""


def test_work_of_unknown_length_is_counted(clock):
    log = io.StringIO()
    for _ in Progress(iter("abc"), "reading", file=log):
        clock[0] += 6
    assert [line.split(" [")[0] for line in log.getvalue().splitlines()] == ["reading: 2step", "reading: 3step"]
