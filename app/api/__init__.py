"""HTTP only: parse, authorise, call one flow, serialise."""
