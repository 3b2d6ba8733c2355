"""The syntax that Obsidian and Logseq add to Markdown, taken out of the lines of a note before they are parsed."""
