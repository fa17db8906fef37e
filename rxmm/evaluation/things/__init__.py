"""Things that are no pills, drawn: what `rxmm.evaluation.not_pills` asks for."""
