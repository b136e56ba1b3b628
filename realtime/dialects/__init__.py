"""The dialects we speak, one module each.

To add one, add one file here that defines ``dialect = Dialect("its file's name")`` and fills its
four tables; it is found by being here. Nothing else has to know it: the gateways, the fan-out,
the generated descriptions and the contract (``contract.py``) read the tables, and the contract
says what was forgotten. One that has settings declares them beside its tables
(``Dialect("shop", settings=ShopSettings)``) and reads them as ``words.of(ShopSettings)``.

A dialect may also live outside this package: see ``realtime/dialect.py``.
"""
