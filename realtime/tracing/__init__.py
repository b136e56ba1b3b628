"""Follows a call from its arrival to its delivery on every node, for OpenTelemetry.

``choosing`` says whether; ``untraced`` is what a node does that follows nothing, and what there is
to follow; ``traced`` does it, and ``spans`` is the one module that knows OpenTelemetry's API, with
``exporting``, which knows where spans go. Where nobody follows, none of these is in the way of a
message: the others are not even imported.
"""
