"""What SQL may do: policy and scope, façade views, the rules of the gate, and the only way to the engine."""
