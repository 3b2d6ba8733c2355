"""The graph: its model, its stores, and what is computed on it as a whole."""
