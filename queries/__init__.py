"""From a question to an answer with its citations, and from a goal to a study path."""
