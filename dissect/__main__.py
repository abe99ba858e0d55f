"""`python -m dissect`: the command without its screens."""

from dissect.cli import main

if __name__ == "__main__":
    main()
