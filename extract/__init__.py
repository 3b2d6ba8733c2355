"""From files of notes to concepts, relations and prerequisites, each with the line that states it."""
