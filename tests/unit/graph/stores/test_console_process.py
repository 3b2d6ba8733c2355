"""What the console makes of what its process wrote."""

from __future__ import annotations

import pytest

from graph.errors import InputError
from graph.stores.neo4j import console_process


@pytest.mark.parametrize("written", [b"", b"\n", b'{"columns": ["a"], "rows": [[1', b'{"columns": ["\xc3'])
def test_a_process_that_was_stopped_while_it_wrote_is_told(written: bytes) -> None:
    with pytest.raises(InputError, match="too long"):
        console_process._answer(written, "too long")
