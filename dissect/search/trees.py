"""Looking for a pattern in the fields of a tree."""

from __future__ import annotations

from dissect.nodes import Node
from dissect.search.octets import find_bytes
from dissect.search.pattern import Pattern


def holds(node: Node, pattern: Pattern) -> bool:
    """Whether a field, without those below it, is what is looked for: its name, text, value or bytes."""
    if pattern.words is None:
        span = node.span
        return (
            span is not None
            and not node.children
            and find_bytes(span.source, pattern, low=span.start, high=span.stop) is not None
        )
    if pattern.fits(node.name) or pattern.fits(node.text):
        return True
    value = node.value
    several = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(each, str | int | float) and pattern.fits(str(each)) for each in several)


def find_node(root: Node, pattern: Pattern, after: Node | None = None, forward: bool = True) -> Node | None:
    """The next field in the order of the tree, folded or not, behind `after` or before it.

    Without `after`, the first one of the tree, or backward the last.
    """
    nodes = _in_order(root)
    if after is not None:
        at = next((index for index, node in enumerate(nodes) if node is after), -1)
        nodes = nodes[at + 1 :] if forward else nodes[: max(at, 0)]
    return next((node for node in (nodes if forward else reversed(nodes)) if holds(node, pattern)), None)


def _in_order(root: Node) -> list[Node]:
    nodes, stack = [], [root]
    while stack:
        node = stack.pop()
        nodes.append(node)
        stack.extend(reversed(node.children))
    return nodes
