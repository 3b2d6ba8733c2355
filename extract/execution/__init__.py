"""Where the work that is done note by note runs: in this process, in processes of this machine, on a Dask cluster."""
