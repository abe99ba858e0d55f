"""Records and frames: every format and header variant is written here and read back."""
