"""The Kubernetes manifests, rendered, fit together and fit the code. No cluster is needed."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import kubernetes_validate
import pytest

from protos.endpoints import BRIDGE_PORT, SERVICES, STEERING, Endpoint
from services.runtime.settings import ServiceSettings
from simulator_bridge.settings import BridgeSettings
from tests.deploy.manifests import ROOT, Manifests

NAMES = {endpoint.name for endpoint in SERVICES} | {"bridge"}
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
ON_GPU = {"plates", "detection", "segmentation"}

every_service = pytest.mark.parametrize("endpoint", SERVICES, ids=lambda endpoint: endpoint.name)


# The oldest one that has what is used here, and the newest one known.
@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_kubernetes_takes_every_object(overlay: Manifests, version: str) -> None:
    for found in overlay.objects:
        kubernetes_validate.validate(found, version, strict=True)


def test_every_service_and_the_bridge_are_there(overlay: Manifests) -> None:
    assert overlay.deployments.keys() == NAMES
    assert overlay.of_kind("Service").keys() == NAMES
    assert overlay.of_kind("PodDisruptionBudget").keys() == NAMES


def test_everything_is_in_one_namespace(overlay: Manifests) -> None:
    (namespace,) = overlay.of_kind("Namespace")
    others = [found for found in overlay.objects if found["kind"] != "Namespace"]
    assert {found["metadata"]["namespace"] for found in others} == {namespace}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_selectors_find_the_pods_of_one_deployment(overlay: Manifests, name: str) -> None:
    selectors = [
        overlay.deployments[name]["spec"]["selector"]["matchLabels"],
        overlay.of_kind("Service")[name]["spec"]["selector"],
        overlay.of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"],
        *(
            constraint["labelSelector"]["matchLabels"]
            for constraint in overlay.pod(name).get("topologySpreadConstraints", [])
        ),
    ]
    for selector in selectors:
        assert overlay.selected(selector) == {name}


@every_service
def test_command_ports_and_probes_are_the_services_own(
    overlay: Manifests, endpoint: Endpoint
) -> None:
    container = overlay.container(endpoint.name)
    assert container["args"] == ["serve", endpoint.name]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": endpoint.port, "metrics": endpoint.metrics_port}
    for probe in ("startupProbe", "livenessProbe"):
        # The empty name: the process as a whole.
        assert container[probe]["grpc"] == {"port": endpoint.port}
    assert container["readinessProbe"]["grpc"] == {
        "port": endpoint.port,
        "service": endpoint.grpc_service,
    }


@every_service
def test_a_services_name_leads_to_each_of_its_pods(overlay: Manifests, endpoint: Endpoint) -> None:
    spec = overlay.of_kind("Service")[endpoint.name]["spec"]
    assert spec["clusterIP"] == "None"
    # A headless service leads to the pods' own ports: others than theirs would mislead.
    assert {port["name"]: (port["port"], port["targetPort"]) for port in spec["ports"]} == {
        "grpc": (endpoint.port, "grpc"),
        "metrics": (endpoint.metrics_port, "metrics"),
    }


def test_the_bridge_is_reached_and_probed_on_its_port(overlay: Manifests) -> None:
    container = overlay.container("bridge")
    assert container["args"] == ["bridge"]
    assert container["ports"] == [{"name": "http", "containerPort": BRIDGE_PORT}]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/healthz", "port": "http"}
    (port,) = overlay.of_kind("Service")["bridge"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (BRIDGE_PORT, "http")
    assert overlay.deployments["bridge"]["spec"]["replicas"] == 1


@every_service
def test_a_services_environment_is_its_settings(
    overlay: Manifests, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = overlay.environment(endpoint.name)
    known = {f"ROADSIGHT_{name.upper()}" for name in ServiceSettings.model_fields}
    assert environment.keys() <= known
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = ServiceSettings()
    assert settings.host == "0.0.0.0"  # noqa: S104
    # The node's CPUs, which are counted otherwise, are not the pod's.
    assert "workers" in settings.model_fields_set


def test_the_bridges_environment_is_its_settings_and_leads_to_steering(
    overlay: Manifests, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = overlay.environment("bridge")
    known = {f"ROADSIGHT_BRIDGE_{name.upper()}" for name in BridgeSettings.model_fields}
    assert environment.keys() <= known
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = BridgeSettings()
    assert settings.host == "0.0.0.0"  # noqa: S104
    assert settings.steering_address == f"{STEERING.name}:{STEERING.port}"
    assert STEERING.name in overlay.of_kind("Service")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_pods_may_do_nothing_that_they_need_not(overlay: Manifests, name: str) -> None:
    pod, container = overlay.pod(name), overlay.container(name)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/tmp"]  # noqa: S108
    assert all("emptyDir" in volume for volume in pod["volumes"])
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_the_manifests_and_the_image_name_the_same_user(overlay: Manifests) -> None:
    (user,) = re.findall(r"^USER (\d+):\d+$", (ROOT / "deploy/Dockerfile").read_text("utf-8"), re.M)
    for name in NAMES:
        assert overlay.pod(name)["securityContext"]["runAsUser"] == int(user)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_pod_has_time_to_finish_what_it_accepted(overlay: Manifests, name: str) -> None:
    sleep_s = overlay.container(name)["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain_s = float(overlay.environment(name).get("ROADSIGHT_DRAIN_S", 0))
    assert sleep_s > 0
    assert overlay.pod(name)["terminationGracePeriodSeconds"] > sleep_s + drain_s


@pytest.mark.parametrize("name", sorted(NAMES))
def test_an_update_starts_the_new_pod_before_it_ends_an_old_one(
    overlay: Manifests, name: str
) -> None:
    spec = overlay.deployments[name]["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }
    sleep_s = overlay.container(name)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert spec["minReadySeconds"] >= sleep_s


def test_either_an_autoscaler_or_the_manifest_says_how_many(overlay: Manifests) -> None:
    autoscaled = set()
    for name, autoscaler in overlay.of_kind("HorizontalPodAutoscaler").items():
        spec = autoscaler["spec"]
        assert spec["scaleTargetRef"] == {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": name,
        }
        assert 2 <= spec["minReplicas"] < spec["maxReplicas"]
        autoscaled.add(name)
    with_number = {
        name for name, found in overlay.deployments.items() if "replicas" in found["spec"]
    }
    assert autoscaled | with_number == NAMES
    assert not autoscaled & with_number


def test_images_are_this_version_and_only_gpus_get_the_one_for_gpus(
    cpu: Manifests, gpu: Manifests
) -> None:
    for name in NAMES:
        assert cpu.container(name)["image"] == f"roadsight:{VERSION}"
        suffix = "-gpu" if name in ON_GPU else ""
        assert gpu.container(name)["image"] == f"roadsight:{VERSION}{suffix}"


def test_who_gets_a_gpu_wants_it_and_who_gets_none_does_not(cpu: Manifests, gpu: Manifests) -> None:
    for endpoint in SERVICES:
        name = endpoint.name
        assert cpu.environment(name)["ROADSIGHT_DEVICE"] == "cpu"
        assert "nvidia.com/gpu" not in cpu.container(name)["resources"]["limits"]
        limits = gpu.container(name)["resources"]["limits"]
        tolerated = [entry["key"] for entry in gpu.pod(name).get("tolerations", [])]
        if name in ON_GPU:
            assert gpu.environment(name)["ROADSIGHT_DEVICE"] == "cuda"
            assert limits["nvidia.com/gpu"] == 1
            assert tolerated == ["nvidia.com/gpu"]
        else:
            assert gpu.environment(name)["ROADSIGHT_DEVICE"] == "cpu"
            assert "nvidia.com/gpu" not in limits
            assert not tolerated


def _peers(policy: dict[str, Any], direction: str) -> list[tuple[Any, Any]]:
    """Who is let in or out, and at which port."""
    side = {"ingress": "from", "egress": "to"}[direction]
    return [
        (peer, port["port"])
        for rule in policy["spec"].get(direction, [])
        for peer in rule[side]
        for port in rule["ports"]
    ]


def test_nothing_is_let_in_or_out_that_is_not_named(overlay: Manifests) -> None:
    policies = overlay.of_kind("NetworkPolicy")
    assert policies["deny-all"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for policy in policies.values():
        for direction in ("ingress", "egress"):
            assert direction not in policy["spec"] or policy["spec"][direction]
            for peer, _port in _peers(policy, direction):
                assert peer["podSelector"]["matchLabels"]


def test_ports_that_policies_name_are_ports_of_the_pods_they_are_for(overlay: Manifests) -> None:
    for policy in overlay.of_kind("NetworkPolicy").values():
        selected = overlay.selected(policy["spec"]["podSelector"].get("matchLabels", {}))
        assert selected
        names = {port["name"] for name in selected for port in overlay.container(name)["ports"]}
        assert {port for _peer, port in _peers(policy, "ingress")} <= names


def test_only_labelled_pods_of_labelled_namespaces_reach_the_services(overlay: Manifests) -> None:
    policy = overlay.of_kind("NetworkPolicy")["clients-to-services"]
    selected = overlay.selected(policy["spec"]["podSelector"]["matchLabels"])
    assert selected == NAMES - {"bridge"}
    ((peer, port),) = _peers(policy, "ingress")
    assert port == "grpc"
    assert overlay.selected(peer["podSelector"]["matchLabels"]) == {"bridge"}
    (namespace,) = overlay.of_kind("Namespace").values()
    labels = namespace["metadata"]["labels"]
    assert peer["namespaceSelector"]["matchLabels"].items() <= labels.items()


def test_the_bridge_reaches_dns_and_steering_and_services_reach_nobody(overlay: Manifests) -> None:
    with_egress = {
        name: policy
        for name, policy in overlay.of_kind("NetworkPolicy").items()
        if "egress" in policy["spec"]
    }
    assert with_egress.keys() == {"bridge-to-steering"}
    policy = with_egress["bridge-to-steering"]
    assert overlay.selected(policy["spec"]["podSelector"]["matchLabels"]) == {"bridge"}
    *dns, (peer, port) = _peers(policy, "egress")
    assert overlay.selected(peer["podSelector"]["matchLabels"]) == {STEERING.name}
    assert port == STEERING.port
    assert {port for _peer, port in dns} == {53}
