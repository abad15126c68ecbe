"""What a plugin's own tests use."""
