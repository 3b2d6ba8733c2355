"""JSON that somebody hands in, read so that whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
from typing import Any


def parsed_json(text: str) -> Any:
    """The value that ``text`` is.

    Raises:
        json.JSONDecodeError: it is not JSON.
        ValueError: it is JSON that Python does not read: nested too deeply, or a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except RecursionError as e:
        raise ValueError("it is nested too deeply") from e
    except json.JSONDecodeError:
        raise
    except ValueError as e:
        raise ValueError("it has a number of too many digits") from e
