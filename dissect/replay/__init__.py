"""One side of a recorded association played to a live peer.

    script       what the side said, in order, and what each message waits for
    negotiation  the A-ASSOCIATE-RQ or -AC that it sends, and what the peer's answer makes of the contexts
    matching     which recorded request a live one is like
    uids         the peer's UIDs beside those recorded
    commands     command sets with other message ids and UIDs
    datasets     data sets with other UIDs, or in another transfer syntax
    fragments    messages to P-DATA-TF PDUs and back
    player       all of these together: PDUs in, PDUs out, without a network or a clock
    stage        a player and its connection

What is sent is byte for byte what was recorded, except for what the live peer makes different.
"""
