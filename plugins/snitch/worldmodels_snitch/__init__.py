"""CATER's snitch localisation: in which of 36 cells is the snitch at the end, read off a world model's features."""
