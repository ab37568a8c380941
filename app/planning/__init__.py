"""Planning: question → `SemanticQuery`. Two planners, one result type (`plan.PlanResult`), one trace."""
