"""Rules, dashboard and scraping name what the services and the bridge really have to say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args

import grpc
import pytest
import yaml
from prometheus_client import CollectorRegistry

from protos.common.v1 import common_pb2
from protos.endpoints import BRIDGE_PORT, SERVICES
from services.runtime.metrics import ServiceMetrics
from services.runtime.providers import CPU, CUDA
from services.runtime.settings import Device
from services.runtime.stages import Stage as ServiceStage
from simulator_bridge.metrics import BridgeMetrics
from simulator_bridge.metrics import Stage as BridgeStage
from simulator_bridge.steering_source import Failure
from tests.deploy.manifests import DEPLOY, KUBERNETES, Manifests

PROMETHEUS = DEPLOY / "prometheus"
GRAFANA = DEPLOY / "grafana"
RULES = yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))
DASHBOARD = json.loads((GRAFANA / "dashboards/roadsight.json").read_text("utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

TARGETS = {endpoint.name for endpoint in SERVICES} | {"bridge"}
# What Prometheus itself says of whom it asks.
TARGET_LABELS = {"job", "instance", "service"}
VALUES = {
    "job": {"roadsight"},
    "service": TARGETS,
    "code": {code.name for code in grpc.StatusCode},
    "kind": set(Failure),
    "stage": {*get_args(ServiceStage), *BridgeStage},
    "wanted_device": set(get_args(Device)),
    "execution_provider": {CPU, CUDA},
}


def _labels_by_metric(registry: CollectorRegistry) -> Iterator[tuple[str, set[str]]]:
    for family in registry.collect():
        for sample in family.samples:
            yield sample.name, set(sample.labels)


def _real_metrics() -> dict[str, set[str]]:
    """Each metric's labels, from registries in which everything has happened once."""
    service = ServiceMetrics("steering")
    service.answered("Predict", {"inference": 0.001})
    service.failed("Predict", "INTERNAL")
    service.serving(common_pb2.ModelInfo(name="steering"), "auto")
    bridge = BridgeMetrics()
    bridge.answers.labels(event="steer")
    bridge.faults.labels(fault="no_image")
    bridge.failures.labels(kind="late")
    found: dict[str, set[str]] = {"up": set()}
    for registry in (service.registry, bridge.registry):
        for name, labels in _labels_by_metric(registry):
            found.setdefault(name, set()).update(labels)
    return found


METRICS = _real_metrics()
EXPRESSIONS = [
    *(pytest.param(rule["expr"], id=rule["alert"]) for rule in ALERTS),
    *(
        pytest.param(target["expr"], id=f"{panel['title']}, {target['refId']}")
        for panel in PANELS
        for target in panel["targets"]
    ),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_metrics_labels_and_values_exist(expression: str) -> None:
    named = re.findall(r"\b(up|roadsight_\w+)\b(?:\{([^}]*)\})?", expression)
    assert named
    labels_of_all = set(TARGET_LABELS)
    for metric, selector in named:
        assert metric in METRICS
        labels = METRICS[metric] | TARGET_LABELS
        labels_of_all |= labels
        for label, value in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', selector):
            assert label in labels
            if value != "$service":
                assert value in VALUES[label]
    for clause in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
        assert set(re.split(r",\s*", clause)) <= labels_of_all


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_is_the_matter(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "description"}


def test_every_alert_is_seen_to_fire() -> None:
    tests = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text("utf-8"))["tests"]
    fired = {
        case["alertname"]
        for test in tests
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert fired == {rule["alert"] for rule in ALERTS}


def test_prometheus_asks_every_replica_of_everybody() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "roadsight"
    asked = {}
    for entry in job["dns_sd_configs"]:
        (name,) = entry["names"]
        asked[name] = entry["port"]
    assert asked == {endpoint.name: endpoint.metrics_port for endpoint in SERVICES} | {
        "bridge": BRIDGE_PORT
    }
    for path in config["rule_files"]:
        assert (PROMETHEUS / path).is_file()


def test_the_rules_for_a_cluster_are_the_same() -> None:
    script = PROMETHEUS / "prometheus_rule.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    generated = KUBERNETES / "components/monitoring/prometheus-rule.yaml"
    assert yaml.safe_load(generated.read_text("utf-8"))["spec"] == RULES


def test_in_a_cluster_everybody_is_asked_and_called_as_beside_compose(
    monitored: Manifests,
) -> None:
    (monitor,) = monitored.of_kind("ServiceMonitor").values()
    spec = monitor["spec"]
    by_port = {endpoint["port"]: endpoint for endpoint in spec["endpoints"]}
    asked = set()
    for name, service in monitored.of_kind("Service").items():
        labels = service["metadata"]["labels"]
        assert spec["selector"]["matchLabels"].items() <= labels.items()
        assert labels[spec["jobLabel"]] == "roadsight"
        if {port["name"] for port in service["spec"]["ports"]} & by_port.keys():
            asked.add(name)
    assert asked == TARGETS
    assert by_port["metrics"]["honorLabels"] is True


def test_prometheus_is_let_in_where_it_asks(monitored: Manifests) -> None:
    (monitor,) = monitored.of_kind("ServiceMonitor").values()
    policy = monitored.of_kind("NetworkPolicy")["prometheus-to-metrics"]["spec"]
    assert policy["podSelector"] == {}
    (rule,) = policy["ingress"]
    assert {port["port"] for port in rule["ports"]} == {
        endpoint["port"] for endpoint in monitor["spec"]["endpoints"]
    }


def test_in_a_cluster_the_dashboard_is_the_same(monitored: Manifests) -> None:
    config = monitored.of_kind("ConfigMap")["roadsight-dashboard"]
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config["data"]["roadsight.json"]) == DASHBOARD


def test_panels_are_told_apart_and_do_not_lie_on_each_other() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        fields = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not fields & taken
        taken |= fields


def test_the_dashboard_works_with_any_data_source() -> None:
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "service"}
    for panel in PANELS:
        for named in (panel, *panel["targets"]):
            assert named["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_grafana_asks_no_more_often_than_prometheus_does() -> None:
    source = yaml.safe_load(
        (GRAFANA / "provisioning/datasources/prometheus.yml").read_text("utf-8")
    )["datasources"][0]
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))
    assert source["jsonData"]["timeInterval"] == config["global"]["scrape_interval"]
