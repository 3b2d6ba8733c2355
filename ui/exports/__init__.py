"""Study paths as files: check-lists, tables, Anki decks."""
