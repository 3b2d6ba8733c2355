"""Why a name is a concept or is not, and why two concepts are related or are not."""
