"""One recipe a capture, grouped by subject; importing a module registers its recipes."""

from importlib import import_module

# In the order in which a reader would want them listed.
SUBJECTS = (
    "echo",
    "store",
    "query",
    "retrieve",
    "printing",
    "workflow",
    "negotiation",
    "refusal",
    "javascript",
    "containers",
    "links",
    "foreign",
)


def load() -> None:
    for subject in SUBJECTS:
        import_module(f"{__name__}.{subject}")
