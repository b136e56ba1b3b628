"""Bringing an application's data here and taking it away again, as files of lines.

``kinds`` says what a line of each file holds, ``files`` reads them, ``ledger`` gathers them on
disk, ``checking`` finds what is wrong before anything is written, ``gone`` leaves out who was
deleted here, ``storing`` writes what is not there yet, and ``leaving`` writes the same files from
the database.
"""
