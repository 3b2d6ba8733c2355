"""What each verb of the command line does. Each module is imported only when its verb runs."""
