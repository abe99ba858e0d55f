"""The commands, each imported by name: what a command needs is loaded when it runs."""
