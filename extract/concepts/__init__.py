"""From text to concepts: candidates, salience, names of one thing, selection, kinds, definitions."""
