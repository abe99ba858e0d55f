"""Messages that are not whole say why."""

from __future__ import annotations

from pathlib import Path

import dissect
from dissect.dicom.messages import CUT
from tests.craft import CT, EXPLICIT, Talk
from tests.replay.talks import image

CAPTURES = Path(__file__).parents[2] / "captures"


def test_a_message_whose_last_pdu_the_capture_cuts_short_is_not_whole() -> None:
    (association,) = dissect.open(CAPTURES / "ring-00001.pcapng").associations
    assert [message.damage for message in association.messages] == ["", "", "", CUT]


def test_a_data_set_that_is_cut_inside_its_last_fragment_is_not_whole(tmp_path: Path) -> None:
    talk = Talk()
    talk.associate([(1, CT, (EXPLICIT,))])
    talk.store(1, 1, image(EXPLICIT))
    talk.store_request(1, 2)
    speaker = talk.requestor
    data = image(EXPLICIT)
    pdv = (len(data) + 2).to_bytes(4, "big") + b"\1\2" + data
    speaker.pdu(4, pdv[:-10], length=len(pdv))
    whole, cut = dissect.open(talk.write(tmp_path / "cut.pcap")).associations[0].messages[::2]
    assert whole.complete
    assert cut.damage == CUT
    assert cut.data_length == whole.data_length - 10
