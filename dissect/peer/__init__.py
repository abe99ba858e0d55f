"""The other end of a live connection: where pduscope itself speaks, when it is told to."""
