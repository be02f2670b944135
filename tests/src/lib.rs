//! Cases and executions against the systems that consume what is generated.
