"""How many of other people's flow cases come out right: stages and dates or changelogs in, the expected numbers beside ours.

python benchmarks/flow_cases.py FOLDER

FOLDER holds cases.json: a list of cases with ``stages`` and ``items`` (the date on which each reached each stage) or a ``changelog`` with
its ``status_map``, a ``query`` and what is ``expected``. Every case is turned into moves and asked of prodops.flow at its defaults.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from prodops import flow

Case = Mapping[str, Any]
DAY = timedelta(days=1)


def moves_of(case: Case) -> pd.DataFrame:
    """Turn a case's items, or its changelog, into moves."""
    rows = [(item["key"], stage, item[stage]) for item in case.get("items", ()) for stage in case["stages"] if item.get(stage)]
    first = next(iter(case.get("status_map", {"": ""})))
    for item in case.get("changelog", ()):
        rows.append((item["key"], item.get("initial", first), item["created"]))
        rows += [(item["key"], change["status"], change["ts"]) for change in item["changes"] if "status" in change]
    frame = pd.DataFrame(rows, columns=["item_id", "to_state", "changed_at"])
    return frame.assign(from_state=None, changed_at=pd.to_datetime(frame["changed_at"], format="ISO8601"))


def flags_of(case: Case) -> pd.DataFrame:
    """Give a changelog's flags."""
    rows = [(i["key"], c["ts"], c["flag"] == "on") for i in case["changelog"] for c in i["changes"] if "flag" in c]
    frame = pd.DataFrame(rows, columns=["item_id", "changed_at", "flagged"])
    return frame.assign(changed_at=pd.to_datetime(frame["changed_at"], format="ISO8601"))


def spec_of(case: Case, moves: pd.DataFrame, as_of: datetime | None = None) -> flow.FlowSpec:
    """Say which flow a case means: from the second stage, or the one it names, to the last."""
    query, stages = case["query"], list(case["stages"])
    end = query.get("end", stages[-1])
    groups = {stage: [raw for raw, to in case.get("status_map", {s: s for s in stages}).items() if to == stage] for stage in stages}
    done = stages[stages.index(end) :]
    return flow.define(
        {"stages": {k: v for k, v in groups.items() if v}, "start": query.get("start", stages[1]), "done": done},
        states=stages if "items" in case else list(case["status_map"]),
        as_of=as_of or (moves["changed_at"].max().normalize() + DAY).to_pydatetime(),
    )


def days(values: pd.Series) -> list[str]:
    return [str(value.date()) for value in values]


def cfd(case: Case) -> object:
    moves = moves_of(case)
    found = flow.cfd(moves, spec_of(case, moves)).pivot(index="date", columns="stage", values="reached")
    return {"days": days(found.index.to_series()), "cumulative": {stage: found[stage].tolist() for stage in case["stages"]}}


def wip(case: Case) -> object:
    moves = moves_of(case)
    found = flow.wip(moves, spec_of(case, moves), since=moves["changed_at"].min())
    return {"days": days(found["date"]), "wip": found["wip"].tolist()}


def net_flow(case: Case) -> object:
    moves = moves_of(case)
    found = flow.arrivals(moves, spec_of(case, moves), grain="day", since=moves["changed_at"].min())
    return {name: found[name].tolist() for name in ("arrivals", "departures", "net_flow")}


def cycle_time_percentiles(case: Case) -> object:
    moves = moves_of(case)
    found = flow.percentiles(flow.cycle_times(moves, spec_of(case, moves)), at=case["query"]["q"])
    return {"days": found.iloc[0, 2:].tolist()}


def throughput(case: Case) -> object:
    moves, query = moves_of(case), case["query"]
    cycle = flow.cycle_times(moves, spec_of(case, moves))
    last = cycle["finished"].max().normalize() + DAY * {"day": 1, "week": 7}[query["period"]]
    spec = spec_of(case, moves, last.to_pydatetime())
    found = flow.throughput(moves, spec, grain=query["period"], periods=query.get("last_periods"))
    return {"counts": found["finished"].tolist()}


def age(case: Case) -> object:
    moves = moves_of(case)
    spec = spec_of(case, moves, datetime.fromisoformat(case["query"]["today"]))
    found = flow.age(moves, spec)
    return {"age": dict(zip(found["item_id"], found["age_days"].tolist(), strict=True))}


def stage_dates(case: Case) -> object:
    moves, now = moves_of(case), datetime.fromisoformat(case["query"]["now"])
    spec = spec_of(case, moves, now)
    dates, items = flow.stage_dates(moves, spec).set_index("item_id"), flow.items(moves, spec)
    blocked = flow.blocked_days(flags_of(case), items, as_of=now).set_index("item_id")["blocked_days"]
    found = {}
    for item in items.itertuples():
        when = {s: str(dates.loc[item.item_id, s].date()) if pd.notna(dates.loc[item.item_id, s]) else None for s in case["stages"]}
        cycle = None if pd.isna(item.cycle_days) else int(item.cycle_days)
        found[item.item_id] = when | {"cycle_days": cycle, "blocked_days": int(blocked[item.item_id])}
    return {key: {name: found[key].get(name) for name in wanted} for key, wanted in case["expected"].items()}


def when_done(case: Case) -> object:
    """Forecast from a case's ranges; within its tolerance a number is its own."""
    query, expected, rng = case["query"], case["expected"], np.random.default_rng(0)
    ranges = {name: _range(query.get(name, {"fixed": 1})) for name in ("stories", "split_multiplier", "throughput_per_week")}
    start = date.fromisoformat(query["start"])
    shares = [float(p) for p in expected["weeks_at_likelihood"]]
    found = flow.when_done(
        stories=ranges["stories"], splits=ranges["split_multiplier"], throughput=ranges["throughput_per_week"],
        start=start, rng=rng, trials=query["trials"], likelihoods=shares,
    )  # fmt: skip
    told: dict[str, Any] = dict(expected)
    weeks = dict(zip(expected["weeks_at_likelihood"], found["weeks"].tolist(), strict=True))
    told["weeks_at_likelihood"] = {p: _near(w, expected["weeks_at_likelihood"][p], expected["tolerance_weeks"]) for p, w in weeks.items()}
    at = dict(zip(shares, found["date"], strict=True))
    dates = {p: (at[float(p)].date(), date.fromisoformat(d)) for p, d in expected.get("dates", {}).items()}
    told["dates"] = {p: str(d if abs((ours - d).days) <= 7 * expected["tolerance_weeks"] else ours) for p, (ours, d) in dates.items()}
    for key in [k for k in expected if k.startswith("stories_done_in_")]:
        many = flow.how_many(
            throughput=ranges["throughput_per_week"], weeks=int(key.split("_")[3]), rng=rng, likelihoods=[float(p) for p in expected[key]]
        )
        told[key] = {p: _near(n, expected[key][p], expected["tolerance_stories"]) for p, n in zip(expected[key], many["items"], strict=True)}
    return told


def _near(ours: float, wanted: float, tolerance: float) -> float:
    return wanted if abs(ours - wanted) <= tolerance else ours


def _range(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    kind, ends = next(iter(given.items()))
    return tuple(ends.values()) if isinstance(ends, Mapping) else tuple(ends) if isinstance(ends, list) else ends


ASKED: dict[str, Callable[[Case], object]] = {
    f.__name__: f for f in (cfd, wip, net_flow, cycle_time_percentiles, throughput, age, stage_dates, when_done)
}


def main() -> None:
    """Ask every case and count those that come out right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    cases = json.loads((parser.parse_args().folder / "cases.json").read_text(encoding="utf-8"))
    right = 0
    for case in cases:
        ours = ASKED[case["query"]["metric"]](case)
        ok = ours == case["expected"]
        right += ok
        print(f"{'right' if ok else 'WRONG'}  {case['id']}" + ("" if ok else f"\n  ours     {ours}\n  expected {case['expected']}"))
    print(f"{right} of {len(cases)} cases right")


if __name__ == "__main__":
    main()
