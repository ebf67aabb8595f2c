# SPDX-License-Identifier: GPL-2.0-or-later
"""The published network on one machine: for the demonstration and for the end-to-end tests.

    from lab import Lab             (with tests/ in sys.path; see lab.py for how it is used)
"""

from .lab import (CLIENT, INNER_VIP, VIP, Answer, Balancer, Lab, WebServer, program_under_test)
from .node import LabError, Node, Process, environment, namespaces_refused, wait_for

__all__ = ["Answer", "Balancer", "CLIENT", "INNER_VIP", "Lab", "LabError", "Node", "Process",
           "VIP", "WebServer", "environment", "namespaces_refused", "program_under_test",
           "wait_for"]
