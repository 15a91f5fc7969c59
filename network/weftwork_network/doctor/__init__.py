"""What is wrong with a network, or soon will be: every check at once, before and after it runs."""

from weftwork_network.doctor.examination import Report, examine
from weftwork_network.doctor.findings import Finding, Severity

__all__ = ["Finding", "Report", "Severity", "examine"]
