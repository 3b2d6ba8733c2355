"""Concepts that belong together, on several levels, and what the notes say of each group."""
