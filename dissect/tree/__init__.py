"""The fields of PDUs, messages and data sets as trees of Nodes, each with its bytes and what it means."""

from dissect.tree.datasets import dataset_tree
from dissect.tree.messages import message_tree
from dissect.tree.pdus import command_tree, hidden, pdu_tree

__all__ = ["command_tree", "dataset_tree", "hidden", "message_tree", "pdu_tree"]
