"""Readers of the formats that notes come in besides Markdown: one module each, listed in :mod:`extract.notes.formats.registry`."""
