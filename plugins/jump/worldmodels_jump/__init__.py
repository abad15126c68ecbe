"""JUMP: consistent jumpy predictions for videos and scenes."""
