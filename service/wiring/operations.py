"""What operators see of a process: its counters and its journal.

Rule 1: which technology counts and logs is decided here.
Rule 2: it counts and logs nothing itself.
"""

from service.adapters.journal import Journal, journal, journalled
from service.adapters.prometheus_tally import PrometheusTally
from service.adapters.supervisor import Supervisor

__all__ = ["Journal", "PrometheusTally", "Supervisor", "journal", "journalled"]
