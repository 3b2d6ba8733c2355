"""Vectors of concepts and passages: fitted on the notes, or by a sentence-transformers model that the user names."""
