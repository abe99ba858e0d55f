"""The rows of a field tree: which Nodes show, how deep, what is folded. Knows no screen.

A row exists only where everything above it is unfolded, so a tree of any size costs what is seen of it.
What was unfolded is remembered by name: the next tree of the same shape opens the same way.
"""

from __future__ import annotations

from collections.abc import Callable

from dissect.nodes import Node
from tui.paths import Paths, preorder

Key = tuple[tuple[str, int], ...]
"""The names on the way from below the root to a Node, each with its number among siblings of that name."""

INDENT = 2
OPEN_AT_FIRST = {"Command Set", "Data Set"}


def open_at_first(node: Node, depth: int) -> bool:
    """Whether a Node that nobody has folded or unfolded yet shows what is below it."""
    return depth == 0 or node.name in OPEN_AT_FIRST


class Row:
    """One line: a Node, the row it stands below, and whether its own rows show."""

    __slots__ = ("above", "depth", "node", "nth", "open")

    def __init__(self, node: Node, depth: int, above: Row | None, nth: int) -> None:
        self.node = node
        self.depth = depth
        self.above = above
        self.nth = nth
        self.open = False

    @property
    def key(self) -> Key:
        parts = []
        row = self
        while row.above is not None:
            parts.append((row.node.name, row.nth))
            row = row.above
        return tuple(reversed(parts))

    @property
    def path(self) -> list[Node]:
        """The Nodes from the root to this one."""
        nodes = []
        row: Row | None = self
        while row is not None:
            nodes.append(row.node)
            row = row.above
        nodes.reverse()
        return nodes


class Outline:
    """The rows of one tree after another."""

    def __init__(self, unfolded: Callable[[Node, int], bool] = open_at_first) -> None:
        self.rows: list[Row] = []
        self.widest = 0
        """Columns that the widest name among all rows laid out so far takes, indentation included."""
        self._unfolded = unfolded
        self._paths: Paths | None = None
        self._folds: dict[Key, bool] = {}
        """What somebody unfolded (True) or folded, alone."""
        self._sweeps: dict[Key, bool] = {}
        """What somebody unfolded or folded with all below."""

    @property
    def root(self) -> Node | None:
        return self._paths.root if self._paths else None

    def show(self, root: Node | None) -> None:
        """Lay out another tree, folded as the one before."""
        self.rows, self.widest = [], 0
        self._paths = Paths(root) if root is not None else None
        if root is not None:
            row = Row(root, 0, None, 0)
            self.rows = [row, *self._lay(row)] if root.children else [row]

    def place(self, key: Key) -> int:
        """The number of the row with a key, or else of the nearest above it that there is."""
        at, number = 0, 0
        for part in key:
            row = self.rows[number]
            while at + 1 < len(self.rows) and self.rows[at + 1].depth > row.depth:
                at += 1
                other = self.rows[at]
                if other.depth == row.depth + 1 and (other.node.name, other.nth) == part:
                    number = at
                    break
            else:
                break
        return number

    def fold(self, number: int) -> None:
        """Hide what is below a row."""
        row = self.rows[number]
        if row.open:
            self._folds[row.key] = row.open = False
            self._cut(number)

    def unfold(self, number: int) -> None:
        row = self.rows[number]
        if not row.open and row.node.children:
            self._folds[row.key] = True
            self.rows[number + 1 : number + 1] = self._lay(row)

    def sweep(self, number: int, *, unfold: bool) -> None:
        """Unfold or fold a row and all that is below it."""
        row = self.rows[number]
        if not row.node.children:
            return
        key = row.key
        for choices in (self._folds, self._sweeps):
            for other in [other for other in choices if other[: len(key)] == key]:
                del choices[other]
        self._sweeps[key] = unfold
        self._cut(number)
        row.open = False
        if unfold:
            self.rows[number + 1 : number + 1] = self._lay(row)

    def reveal(self, node: Node) -> int | None:
        """Unfold all above a Node; the number of its row, None where the tree does not hold it."""
        path = self._paths.to(node) if self._paths else []
        number = None
        for step in path:
            start = 0 if number is None else number + 1
            if number is not None:
                self.unfold(number)
            number = next(at for at in range(start, len(self.rows)) if self.rows[at].node is step)
        return number

    def find(self, number: int, predicate: Callable[[Node], bool], *, forward: bool = True) -> Node | None:
        """The next Node that `predicate` is true for, folded away or not, from a row on and round the end."""
        if self.root is None:
            return None
        nodes = list(preorder(self.root))
        here = self.rows[number].node
        at = next(index for index, node in enumerate(nodes) if node is here)
        order = nodes[at + 1 :] + nodes[: at + 1]
        if not forward:
            order = [*reversed(nodes[:at]), *reversed(nodes[at:])]
        return next((node for node in order if predicate(node)), None)

    def _cut(self, number: int) -> None:
        depth, stop = self.rows[number].depth, number + 1
        while stop < len(self.rows) and self.rows[stop].depth > depth:
            stop += 1
        del self.rows[number + 1 : stop]

    def _lay(self, row: Row) -> list[Row]:
        """Open a row: the rows below it, as deep as they are unfolded."""
        rows: list[Row] = []
        key = row.key
        sweeping = next(
            (self._sweeps[key[:end]] for end in range(len(key), -1, -1) if key[:end] in self._sweeps), None
        )
        self._lay_below(row, key, sweeping, rows)
        return rows

    def _lay_below(self, above: Row, key: Key, sweeping: bool | None, rows: list[Row]) -> None:
        above.open = True
        depth = above.depth + 1
        widest, seen = 0, dict[str, int]()
        for node in above.node.children:
            name = node.name
            nth = seen[name] = seen.get(name, -1) + 1
            row = Row(node, depth, above, nth)
            rows.append(row)
            if len(name) > widest:
                widest = len(name)
            if node.children:
                own = (*key, (name, nth))
                swept = self._sweeps.get(own, sweeping)
                wanted = self._folds.get(own, swept)
                if self._unfolded(node, depth) if wanted is None else wanted:
                    self._lay_below(row, own, swept, rows)
        self.widest = max(self.widest, widest + (depth + 1) * INDENT)
