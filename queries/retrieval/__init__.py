"""Which lines of the notes speak of it."""
