"""The pages' parts: each takes data and a key, draws, and returns what was chosen. None asks the graph for anything."""
