"""The way from the root of a tree to each of its Nodes, which themselves know only what is below them."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.nodes import Node


class Paths:
    """Ways from one root. Who is above whom is worked out when first asked, once for the whole tree."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self._above: dict[int, Node] | None = None

    def to(self, node: Node) -> list[Node]:
        """From the root to `node`, both included; empty where the tree does not hold it."""
        if self._above is None:
            self._above = {id(below): above for above in preorder(self.root) for below in above.children}
        path = [node]
        while path[-1] is not self.root:
            above = self._above.get(id(path[-1]))
            if above is None:
                return []
            path.append(above)
        path.reverse()
        return path


def preorder(root: Node) -> Iterator[Node]:
    """`root` and all below it in the order of the screen; faster than `Node.walk` on deep trees."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if node.children:
            stack.extend(reversed(node.children))
