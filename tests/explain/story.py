"""The three PDUs that a first association is made of, written by hand."""

from __future__ import annotations

from dissect.wire.hextext import joined, parse

TEXT = """\
# An association written by hand: negotiate, verify, release

# A-ASSOCIATE-RQ
> 01 00 00 00 00 CD          # PDU type, reserved, length 205
  00 01 00 00                # protocol version 1
  41 4E 59 2D 53 43 50 20 20 20 20 20 20 20 20 20   # called: ANY-SCP
  45 43 48 4F 53 43 55 20 20 20 20 20 20 20 20 20   # calling: ECHOSCU
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  10 00 00 15  31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 33 2e 31 2e 31 2e 31
  20 00 00 2e  01 00 00 00
    30 00 00 11  31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e 31
    40 00 00 11  31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e 32
  50 00 00 3a
    51 00 00 04  00 00 40 00
    52 00 00 1b  31 2e 32 2e 32 37 36 2e 30 2e 37 32 33 30 30 31 30 2e 33 2e 30 2e 33 2e 36 2e 37
    55 00 00 0f  4f 46 46 49 53 5f 44 43 4d 54 4b 5f 33 36 37

# C-ECHO-RQ
> 04 00 00 00 00 4a  00 00 00 46  01  03
  00 00 00 00 04 00 00 00 38 00 00 00
  00 00 02 00 12 00 00 00 31 2e 32 2e 38 34 30 2e 31 30 30 30 38 2e 31 2e 31 00
  00 00 00 01 02 00 00 00 30 00
  00 00 10 01 02 00 00 00 01 00
  00 00 00 08 02 00 00 00 01 01

# A-RELEASE-RQ
> 05 00 00 00 00 04 00 00 00 00
"""
((_, STORY),) = joined(parse(TEXT))
ASSOCIATE, ECHO, RELEASE = STORY[:211], STORY[211:291], STORY[291:]
