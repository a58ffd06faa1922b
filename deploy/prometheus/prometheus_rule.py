"""Writes the rules as a PrometheusRule, the form in which Prometheus' operator takes them.

Kustomize cannot put one file into another, so this is done here:

    python deploy/prometheus/prometheus_rule.py            after a change of rules.yml
    python deploy/prometheus/prometheus_rule.py --check    exit code 1 if that was forgotten
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import indent

RULES = Path(__file__).with_name("rules.yml")
PROMETHEUS_RULE = RULES.parents[1] / "kubernetes/components/monitoring/prometheus-rule.yaml"

_HEAD = """\
# Generated from deploy/prometheus/rules.yml by prometheus_rule.py beside it; not to be edited.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: roadsight
spec:
"""


def prometheus_rule(rules: str) -> str:
    """The content of a rules file as a PrometheusRule."""
    return _HEAD + indent(rules[rules.index("groups:") :], "  ")


def main(arguments: list[str]) -> int:
    """Writes the file, or checks that it is up to date."""
    wanted = prometheus_rule(RULES.read_text(encoding="utf-8"))
    if arguments != ["--check"]:
        PROMETHEUS_RULE.write_text(wanted, encoding="utf-8")
        return 0
    if PROMETHEUS_RULE.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{PROMETHEUS_RULE} is not what {RULES} says; run this without --check", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
