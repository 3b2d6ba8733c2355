"""The verb `export`: the whole graph in a format that other programs read."""

from __future__ import annotations
