"""Why a KPI moved: the slices that explain a change, with exact contributions."""
