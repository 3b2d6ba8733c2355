"""From files to blocks of text that know their lines: the only place that parses markup."""
