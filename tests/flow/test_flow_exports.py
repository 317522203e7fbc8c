"""docs/flow_exports.md: each tracker's mapping is tried on rows as that tracker writes them."""

import re
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from review_project import flow_of, opened

from prodops import flow

GUIDE = (Path(__file__).parents[2] / "docs" / "flow_exports.md").read_text(encoding="utf-8")
EXPORTS = {
    "Jira": (
        "Key,From,To,Changed,Issue Type,Team,Fix Version\n"
        "WEB-1,,To Do,03/Nov/25 9:14 AM,Bug,Atlas,2.0\n"
        "WEB-1,To Do,In Progress,03/Nov/25 1:05 PM,Bug,Atlas,2.0\n"
        "WEB-1,In Progress,Done,05/Nov/25 1:04 PM,Bug,Atlas,2.0\n"
    ),
    "GitHub": (
        '{"issue_number": 7, "event": "opened", "created_at": "2025-11-03T08:14:00Z", "repository": "web", "milestone": "2.0"}\n'
        '{"issue_number": 7, "event": "ready_for_review", "created_at": "2025-11-03T12:05:00Z", "repository": "web", "milestone": "2.0"}\n'
        '{"issue_number": 7, "event": "merged", "created_at": "2025-11-05T12:04:00Z", "repository": "web", "milestone": null}\n'
    ),
    "Linear": (
        "Issue,From State,To State,Created At,Team,Project\n"
        "WEB-1,,Todo,2025-11-03T08:14:00.000Z,Atlas,Onboarding\n"
        "WEB-1,Todo,In Progress,2025-11-03T12:05:00.000Z,Atlas,Onboarding\n"
        "WEB-1,In Progress,Done,2025-11-05T12:04:00.000Z,Atlas,Onboarding\n"
    ),
    "ServiceNow": (
        "number,incident_state,sys_updated_at,priority,assignment_group\n"
        "INC1,New,03-11-2025 08:14,3 - Moderate,Group 1\n"
        "INC1,Active,03-11-2025 12:05,3 - Moderate,Group 1\n"
        "INC1,Active,04-11-2025 12:05,3 - Moderate,Group 2\n"
        "INC1,Resolved,05-11-2025 12:04,3 - Moderate,Group 2\n"
        "INC1,Closed,09-11-2025 12:04,3 - Moderate,Group 2\n"
    ),
}


def test_every_tracker_of_the_guide_is_tried() -> None:
    """A section of the guide without an export here would be a promise that nobody keeps."""
    assert re.findall(r"^## (.+)$", GUIDE, flags=re.MULTILINE) == list(EXPORTS)


@pytest.mark.parametrize("tracker", list(EXPORTS))
def test_a_tracker_s_export_just_works(tracker: str, tmp_path: Path) -> None:
    """The mapping of the guide reads the export: one item, done on its day, whatever the format of its dates."""
    section = re.split(r"^## ", GUIDE, flags=re.MULTILINE)[1 + list(EXPORTS).index(tracker)]
    settings = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL)[0])["transitions"]
    (tmp_path / settings["source"]).parent.mkdir()
    (tmp_path / settings["source"]).write_text(EXPORTS[tracker])
    desk = opened(tmp_path, {"transitions": settings}, as_of=datetime(2025, 11, 10))
    stages = {"stages": ["opened", "ready_for_review", "merged"], "done": "merged"} if tracker == "GitHub" else {}
    done = flow.cycle_times(desk.table("transitions"), flow_of(desk, **stages), desk=desk)
    assert [str(found) for found in done["finished"].dt.strftime("%d %b %H:%M")] == ["05 Nov 12:04"]
    assert done["cycle_days"].tolist() == [3 if tracker == "GitHub" else 2]  # a pull request is work from its opening on
    assert desk.stamp("transitions").rows_set_aside == 0
