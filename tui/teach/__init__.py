"""The screens that teach the protocol."""
