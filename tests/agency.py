"""The smallest agency.toml that can be used, for tests of what is added to it."""

AGENCY = """\
[agency]
name = "RIVERTON PD"
[fleet]
connection = "udpin://127.0.0.1:14550"
[[site]]
name = "CENTRAL"
latitude = 45.5231
longitude = -122.6765
[[drone]]
callsign = "D1"
sysid = 1
site = "CENTRAL"
[[person]]
account = "root"
name = "A. REYES"
role = "dispatcher"
"""
