"""The whole graph in formats that other programs read."""
