"""A world model of mine."""
