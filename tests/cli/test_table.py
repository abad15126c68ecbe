from worldmodels.cli.table import layout, show


def test_columns_are_aligned(capsys):
    rows = [{"name": "a", "value": "1"}, {"name": "longer", "value": "22"}]
    assert layout(rows).splitlines() == ["name    value", "------  -----", "a       1", "longer  22"]
    show(rows)
    assert capsys.readouterr().out == layout(rows) + "\n"


def test_no_rows_are_no_table():
    assert layout([]) == ""
