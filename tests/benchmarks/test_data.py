from worldmodels.benchmarks import data


def test_rows_say_what_was_measured():
    rows = data.run(episodes=3, steps=20, rounds=2)
    assert [row["unit"] for row in rows] == ["clips/s", "clips/s", "bytes"]
    for row in rows:
        assert set(row) == {"case", "value", "unit", "baseline", "ratio", "target", "met"}
        assert row["ratio"] == row["value"] / row["baseline"] > 0
    assert rows[2]["met"] and rows[2]["value"] == 3 * 40
