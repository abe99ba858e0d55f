"""How the edition that comes with pduscope was made, and made again: `python -m tests.editions --help`."""
