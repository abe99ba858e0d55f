"""The lesson screen: one PDU at a time, one field at a time; what is thought out is in `dissect.lessons`."""
