"""Reads /metrics as Prometheus does."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics

from client import exchange
from program import Portero

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def fetch(portero: Portero, accept: str = OPEN_METRICS):
    answer = exchange(portero.admin_port, "GET", "/metrics", [("Host", "localhost"), ("Accept", accept)])
    assert answer.status == 200
    return answer


class Scrape:
    """One scrape: every sample by name and labels."""

    def __init__(self, portero: Portero) -> None:
        answer = fetch(portero)
        assert answer.header("content-type") == OPEN_METRICS
        self.families = {family.name: family for family in open_metrics(answer.text)}
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def get(self, name: str, **labels: str) -> float:
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def requests(self, by: str, status: str, app: str = "shop") -> float:
        return self.get("portero_requests_total", application=app, by=by, status=status)
