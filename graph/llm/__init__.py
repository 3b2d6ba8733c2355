"""Language models, where the user has one: what they are asked, who answers, and where answers are kept.

Nothing here is needed to build or to ask. :mod:`graph.llm.requests` has the values, :mod:`graph.llm.endpoint` asks a
server, :mod:`graph.llm.batch` reads and writes files of the OpenAI Batch API, :mod:`graph.llm.objects` reads answers.
"""
