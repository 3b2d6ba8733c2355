"""Readers of formats besides Markdown: one module each, listed in :mod:`extract.notes.formats.registry`."""
