"""What a language model reads in the notes, where the user has one.

:mod:`extract.llm.sections` cuts notes into what one request shows, :mod:`extract.llm.prompts` says what is asked,
:mod:`extract.llm.reading` keeps of the answer what appears in the notes, :mod:`extract.llm.combine` puts it together
with what the trained models find, and :mod:`extract.llm.reader` does all of this for a collection.
"""
