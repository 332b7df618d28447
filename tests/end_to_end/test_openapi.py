"""The interface as it describes itself, held against requests that nobody would think of, on a running demo."""

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

BEYOND = [positive_data_acceptance]  # a name of letters, provinces that exist: no schema says all of that
SLOWLY = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def test_every_answer_is_one_that_is_described(ready):
    """Well-formed questions and others: no fault of ours, and no status, type or body that the description lacks."""
    described = schemathesis.openapi.from_url(f"{ready['service']}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 5
    faults = []
    for operation in operations:
        for mode in GenerationMode:

            @settings(max_examples=20, deadline=None, suppress_health_check=SLOWLY)
            @given(case=operation.as_strategy(generation_mode=mode))
            def holds(case):
                case.call_and_validate(excluded_checks=BEYOND)

            try:
                holds()
            except Unsatisfiable:
                continue  # nothing can be wrong with a request that takes nothing
            except (FailureGroup, ExceptionGroup) as fault:
                faults.append((operation.label, str(fault)))
    assert not faults, "\n".join(f"{label}: {fault}" for label, fault in faults)


def test_what_an_employer_calls_is_described(ready):
    """With each way in which it may be refused."""
    paths = httpx.get(f"{ready['service']}/openapi.json").json()["paths"]
    assert {"200", "413", "422", "429", "503"} <= set(paths["/api/verify"]["post"]["responses"])
