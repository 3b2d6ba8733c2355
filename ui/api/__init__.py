"""A graph for other programs, by the verbs of :mod:`ui.verbs`.

An MCP server for assistants and editors, an HTTP API for everything else.
"""
