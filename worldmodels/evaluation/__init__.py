"""How well a world model's imagination holds: frame metrics, set metrics, returns, reports."""
