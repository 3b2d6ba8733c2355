"""What people touch: the command line, the pages, the settings. The only code that reads the environment."""
