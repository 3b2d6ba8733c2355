"""How near a graph comes to what careful readers annotated."""
