"""The fields of PDUs, messages and data sets as trees of Nodes, each with its bytes and what it means."""

from dissect.tree.datasets import dataset_tree
from dissect.tree.messages import message_tree
from dissect.tree.pdus import command_tree, field_name, hidden, pdu_tree

__all__ = ["command_tree", "dataset_tree", "field_name", "hidden", "message_tree", "pdu_tree"]
