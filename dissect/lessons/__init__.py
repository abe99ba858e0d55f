"""Lessons: a PDU at a time, a field at a time, what would be if a byte were another, and courses of these.

- `courses`: courses are Markdown files that teachers write; each step points into a capture
- `walk`, `fragments`: the PDUs of an association in their order, the fields of each, the elements in them
- `sentences`: why a field exists, what is allowed in it, what goes wrong with it
- `states`: what each PDU does to both sides' state (PS3.8 Table 9-10)
- `whatif`: an association with some bytes changed, read again

Nothing here draws: the lesson screen is a face of these.
"""
