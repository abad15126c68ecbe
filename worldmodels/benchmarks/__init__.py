"""What `worldmodels bench` measures; each module has `run() -> list[dict]`."""
