"""The default store: one SQLite file, replaced in one step."""
