#!/usr/bin/env python3
"""Prints one cycle of the demo as a row of its table: the JSON of `miroir cycle --json` on standard input."""
import json
import sys

HEAD = "cycle  what people did before it                                  read      written   behind    conf-         set\n" \
       "                                                                  shop erp  shop erp  shop erp  licts  held  aside  outcome"


def pair(counts):
    return f"{counts['shop']:4} {counts['erp']:3}"


def shown(value):
    return "(nothing)" if value is None else repr(value) if isinstance(value, str) else str(value)


def main():
    if sys.argv[1:] == ["--head"]:
        print(HEAD)
        return
    cycle = json.load(sys.stdin)
    counts = "  ".join(pair(cycle[name]) for name in ("extracted", "delivered", "behind"))
    print(f"{cycle['cycle']:5}  {sys.argv[1]:58} {counts}  {cycle['conflicts']:5}  {cycle['held']:4}  "
          f"{cycle['set_aside']:5}  {cycle['outcome']}")
    decisions = cycle.get("decisions", [])
    for decision in decisions[:4]:
        print(f"         decided: {decision['entity']} {decision['key']}, {decision['field'] or 'the record'}: "
              f"{shown(decision['winner'])}, not {shown(decision['loser'])} ({decision['rule']})")
    if len(decisions) > 4:
        print(f"         ... and {len(decisions) - 4} more decisions")
    for trouble in cycle.get("troubles", []):
        print(f"         {trouble['site']}: {trouble['message']}")
    for brake in cycle.get("brakes", []):
        print(f"         brake {brake['id']}: {brake['message']}")


main()
