"""Write the captures and the examples of all rules again; then look at the difference."""

from __future__ import annotations

from dissect.rules.registry import RULES
from tests.rules import shipped


def main() -> None:
    shipped.OWN.mkdir(exist_ok=True)
    for rule, (breaks, keeps) in shipped.CASES.items():
        shipped.write_down(breaks(), shipped.broken(rule))
        shipped.write_down(keeps(), shipped.near_miss(rule))
    chosen = shipped.choose()
    examples = {rule: shipped.example(rule, chosen[rule]) for rule in RULES}
    shipped.EXAMPLES.write_text(shipped.dumps(examples), encoding="utf-8")


main()
