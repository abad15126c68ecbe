import pytest

from worldmodels.errors import InputError, WorldModelsError
from worldmodels.play import messages
from worldmodels.play.messages import read_message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"do": "step"}', messages.Step()),
        ('{"do": "step", "action": [0.5], "modules": [1, -1]}', messages.Step([0.5], (1, -1))),
        ('{"do": "rewind", "to": 3}', messages.Rewind(3)),
        ('{"do": "drag", "slot": 1, "by": [1, -2.5], "more": true}', messages.Drag(1, (1.0, -2.5), True)),
        ('{"do": "view", "time": 2.5}', messages.View(time=2.5)),
        ('{"do": "enter", "place": "reach", "seed": 4}', messages.Enter("reach", 4)),
    ],
)
def test_messages_are_read(text, message):
    assert read_message(text) == message


def test_malformed_messages_are_refused_in_one_line(malformed_messages):
    assert len(malformed_messages) >= 200
    for text in malformed_messages:
        with pytest.raises(WorldModelsError) as refusal:
            read_message(text)
        assert len(str(refusal.value)) < 400


def test_a_refusal_says_what_is_allowed():
    with pytest.raises(WorldModelsError, match="Did you mean 'rewind'"):
        read_message('{"do": "rewnid"}')
    with pytest.raises(InputError, match=r"temperature 11\.0 given; it is 0 to 10"):
        read_message('{"do": "view", "temperature": 11}')
