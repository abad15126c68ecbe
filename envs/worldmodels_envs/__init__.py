"""Small video worlds with ground truth, without torch."""
