"""NENA Emergency Incident Data Object (NENA-STA-021.1b-2022 and its 1.1 draft), read and written.

Strict in what is written, tolerant in what is read: everything tolerated is a warning of the report.
"""

from rtcc_core.wire.eido.air_units import AirUnit
from rtcc_core.wire.eido.parts import NoIncident, Unusable
from rtcc_core.wire.eido.reader import read_eido
from rtcc_core.wire.eido.tables import Tables
from rtcc_core.wire.eido.writer import Issuer, write_aircraft_eido, write_eido

__all__ = [
    "AirUnit",
    "Issuer",
    "NoIncident",
    "Tables",
    "Unusable",
    "read_eido",
    "write_aircraft_eido",
    "write_eido",
]
