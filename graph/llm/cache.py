"""Answers kept by content: what was answered once costs nothing again, until the note or the model changes."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from graph.llm.requests import Answers, Keep, LanguageModel, Request, Tell


class CachedModel:
    """A language model whose answers are kept in a folder.

    The folder can be deleted at any time. A damaged file in it counts as missing and is written anew; one that cannot
    be written costs the next build a request and fails nothing.
    """

    def __init__(self, model: LanguageModel, folder: Path) -> None:
        self._model = model
        self._folder = folder

    @property
    def name(self) -> str:
        """Of the model behind it."""
        return self._model.name

    @property
    def context(self) -> int:
        """Of the model behind it."""
        return self._model.context

    def missing(self, requests: Sequence[Request]) -> list[Request]:
        """Those of ``requests`` that the model has to be asked; each once."""
        distinct = {request.id: request for request in requests}
        return [request for request in distinct.values() if self._kept(request) is None]

    def answer(self, requests: Sequence[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        """The answers, from the folder where they are there.

        Raises:
            LanguageModelError: as the model says.
        """
        kept = {request.id: text for request in requests if (text := self._kept(request)) is not None}
        asked = list({r.id: r for r in requests if r.id not in kept}.values())
        done = sum({request.id: request.tokens for request in requests if request.id in kept}.values())
        total = done + sum(request.tokens for request in asked)
        if not asked:
            if tell is not None:
                tell(total, total)
            return Answers(kept)

        def keep_each(request: Request, text: str) -> None:
            self._keep(request, text)
            if keep is not None:
                keep(request, text)

        new = self._model.answer(asked, None if tell is None else (lambda n, _: tell(done + n, total)), keep_each)
        return Answers(kept | dict(new.texts), new.failed, new.asked, new.tokens_in, new.tokens_out)

    def _path(self, request: Request) -> Path:
        model = hashlib.sha256(self._model.name.encode()).hexdigest()[:8]
        return self._folder / model / f"{request.id}.json"

    def _kept(self, request: Request) -> str | None:
        try:
            record = json.loads(self._path(request).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        text = record.get("content") if isinstance(record, dict) and record.get("id") == request.id else None
        return text if isinstance(text, str) else None

    def _keep(self, request: Request, text: str) -> None:
        path = self._path(request)
        record = json.dumps({"id": request.id, "model": self.name, "content": text}, ensure_ascii=False)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(record)
                Path(name).replace(path)
            finally:
                Path(name).unlink(missing_ok=True)
