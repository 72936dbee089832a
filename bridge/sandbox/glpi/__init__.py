"""A stand-in for GLPI: tickets, followups, solutions and documents through apirest.php."""

from bridge.sandbox.glpi.desk import GlpiSandbox

__all__ = ["GlpiSandbox"]
